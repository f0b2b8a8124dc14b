export { ConversationStore, type SearchOptions } from "./conversations/conversation-store.ts";
export type { ConversationListing } from "./conversations/listing.ts";
export type { ConversationHit } from "./conversations/search.ts";
export {
  type CheckpointEvent,
  type CheckpointScore,
  isText,
  type ProgressEvent,
  type Report,
  score,
  summarize,
  type TextReport,
} from "./report.ts";
export { Run, type RunEvent, type RunState, recipeOf } from "./run.ts";
export { type TrainRunOptions, trainRun } from "./train-run.ts";
export { type RunSummary, Workspace } from "./workspace.ts";
