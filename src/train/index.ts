export {
  type CorpusOptions,
  corpusFromItems,
  corpusFromMixture,
  type LooseItem,
  type LooseItems,
  type WeightedItems,
} from "./corpus-from-items.ts";
export { estimateSteps } from "./estimate-steps.ts";
export type {
  CheckpointEvent,
  EndEvent,
  EndReason,
  MemoryUse,
  ProgressEvent,
  StartEvent,
  TrainEvent,
} from "./events.ts";
export { type FindRateEvent, type FindRateOptions, findRate } from "./find-rate.ts";
export { fitTokenizer } from "./fit-tokenizer.ts";
export { type OptimizerConfig, optimizerDefaults } from "./optimizer.ts";
export { checkRecipe, formatRecipe, fromOf, parseRecipe } from "./parse-recipe.ts";
export { planTraining, type TrainingPlan } from "./plan-training.ts";
export { type DataEntry, dataEntries, type FromRecipe, type ModelRecipe, type Recipe } from "./recipe.ts";
export { nameOfFile, recipeForCorpus } from "./recipe-for-corpus.ts";
export { recipeForText, type TextFacts } from "./recipe-for-text.ts";
export { beginningFrom, checkStart, type RecipeStart, unknownToStart } from "./recipe-start.ts";
export { resolveLength, rowsOfAnEpoch, type TrainingLength } from "./resolve-length.ts";
export { type SamplePromptsOptions, samplePrompts } from "./sample-prompts.ts";
export {
  type LearnedStore,
  type NamedStore,
  type StoreDataOptions,
  storeData,
  tokensOf,
} from "./store-data.ts";
export { type RatePoint, type RateSuggestion, roundedRate, suggestRate } from "./suggest-rate.ts";
export { type TrainOptions, train } from "./train.ts";
export { trainProgram } from "./train-program.ts";
export type { FilterFacts, PairData, SourceFacts, StoreData, TrainingData } from "./training-data.ts";
export type { TrainingJob } from "./training-run.ts";
