export { type Corpus, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export type { FilterExample, FilterReport } from "./filters/filter.ts";
export { createFilters, type FilterConfig, type Filters, filterNames } from "./filters/filters.ts";
export type { Bounds } from "./filters/length-filter.ts";
export { type LossOn, PairBatches } from "./pair-batches.ts";
export { readCorpus } from "./read-corpus.ts";
