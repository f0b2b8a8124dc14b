export type { ConversationRecord } from "./conversations.ts";
export { Run, type RunEvent, type RunState, recipeOf } from "./run.ts";
export { type TrainRunOptions, trainRun } from "./train-run.ts";
export { type RunSummary, Workspace } from "./workspace.ts";
