export { type Corpus, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export { type LossOn, PairBatches } from "./pair-batches.ts";
export { readCorpus } from "./read-corpus.ts";
