export { conversationOf } from "./conversation.ts";
export { type Corpus, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export type { Conversation, Item, Message, Place, ReadProblem, Role, TextPiece } from "./item.ts";
export { type LossOn, PairBatches } from "./pair-batches.ts";
export { readCorpus } from "./read-corpus.ts";
export type { Columns, FileToRead, Format, Head, ReadOptions } from "./readers/format.ts";
export { formats } from "./readers/formats.ts";
export { openReading, type Reading } from "./readers/open-reading.ts";
export { type Readings, readAll } from "./readers/read-all.ts";
