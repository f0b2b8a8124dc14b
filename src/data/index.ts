export { type Corpus, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export { readCorpus } from "./read-corpus.ts";
