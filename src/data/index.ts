export type { ChatFormat, ChatReadOptions } from "./chats/chat-format.ts";
export { chatFormats } from "./chats/chat-formats.ts";
export { type Corpus, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export { type LossOn, PairBatches } from "./pair-batches.ts";
export { readCorpus } from "./read-corpus.ts";
