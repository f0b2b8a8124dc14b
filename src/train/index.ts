export type {
  CheckpointEvent,
  EndEvent,
  EndReason,
  MemoryUse,
  ProgressEvent,
  StartEvent,
  TrainEvent,
} from "./events.ts";
export { type OptimizerConfig, optimizerDefaults } from "./optimizer.ts";
export { checkRecipe, formatRecipe, parseRecipe } from "./parse-recipe.ts";
export { planTraining, type TrainingPlan } from "./plan-training.ts";
export { type DataEntry, dataEntries, type ModelRecipe, type Recipe } from "./recipe.ts";
export { recipeForCorpus } from "./recipe-for-corpus.ts";
export { recipeForText, type TextFacts } from "./recipe-for-text.ts";
export { type SamplePromptsOptions, samplePrompts } from "./sample-prompts.ts";
export { type TrainOptions, train } from "./train.ts";
export { trainProgram } from "./train-program.ts";
export type { FilterFacts, PairData, SourceFacts, StoreData, TrainingData } from "./training-data.ts";
export type { TrainingJob } from "./training-run.ts";
