export type { ChatFormat, ChatReadOptions } from "./chats/chat-format.ts";
export { chatFormats } from "./chats/chat-formats.ts";
export type { Speaker } from "./chats/chat-log.ts";
export { conversationOf } from "./conversation.ts";
export { type Corpus, CorpusError, differentPairs, type Pair, type TrainingPair } from "./corpus.ts";
export type {
  CorpusOverlap,
  CorpusReport,
  FileReport,
  HubOrigin,
  ReadingReport,
  SourceReport,
} from "./corpus-report.ts";
export type { FilterExample, FilterReport } from "./filters/filter.ts";
export { createFilters, type FilterConfig, type Filters, filterNames } from "./filters/filters.ts";
export type { Bounds } from "./filters/length-filter.ts";
export {
  type Conversation,
  type Item,
  type Message,
  type Place,
  type ReadProblem,
  type Role,
  type TextPiece,
  textsOf,
} from "./item.ts";
export { type Overlap, OverlapMeter, type OverlapReport } from "./overlap-meter.ts";
export { EXAM_PARTS, type ExamCase, type ExamPart, type Rule } from "./pack/exam-case.ts";
export { type MadeReport, MadeStatistics } from "./pack/made-statistics.ts";
export { type ExamOptions, makeExam } from "./pack/make-exam.ts";
export {
  CORPUS_KINDS,
  type CorpusKind,
  type MadeItem,
  type MakeOptions,
  makeItems,
} from "./pack/make-items.ts";
export { type Pack, readPack } from "./pack/pack.ts";
export { sentencesOf, wordsOf } from "./pack/words.ts";
export { type LossOn, PairBatches } from "./pair-batches.ts";
export { QuestionMeter, type QuestionOverlap } from "./question-overlap.ts";
export { readCorpus } from "./read-corpus.ts";
export type { Columns, FileToRead, Format, Head, ReadOptions } from "./readers/format.ts";
export { formats } from "./readers/formats.ts";
export { openReading, type Reading } from "./readers/open-reading.ts";
export { type Readings, readAll } from "./readers/read-all.ts";
export { type DataReport, DataStatistics, type StatisticsOptions } from "./statistics/data-statistics.ts";
export type { Distribution } from "./statistics/distribution.ts";
export type { Sample } from "./statistics/samples.ts";
export {
  type BuildProgress,
  type BuildStoreOptions,
  buildTokenStore,
  type StoreTarget,
} from "./store/build-store.ts";
export { type EvaluationBlock, type EvaluationOptions, evaluationBlocks } from "./store/evaluation-blocks.ts";
export { contentsHash, type FingerprintOptions, sha256, storeFingerprint } from "./store/fingerprint.ts";
export { buildStoreInMemory } from "./store/memory-store.ts";
export { Mixture, type MixtureEntry } from "./store/mixture.ts";
export { PackedConversations, type PackedConversationsOptions } from "./store/packed-conversations.ts";
export { partItems } from "./store/part-items.ts";
export { partTokens } from "./store/part-tokens.ts";
export { RowBatches, type RowSource, type Rows, type RowsInOrder } from "./store/rows.ts";
export { RowsInSequence } from "./store/rows-in-sequence.ts";
export {
  type ConversationPart,
  type SplitOptions,
  type StorePart,
  splitStore,
  wholeStore,
} from "./store/split.ts";
export { MemoryStoreFiles, type StoreFiles } from "./store/store-files.ts";
export { isFingerprint, type StoreCounts, type StoreIndex } from "./store/store-index.ts";
export type { TextPart } from "./store/text-part.ts";
export { TextWindows, type TextWindowsOptions } from "./store/text-windows.ts";
export { openTokenStore, type TokenLane, type TokenStore } from "./store/token-store.ts";
export { verifyTokenStore } from "./store/verify-store.ts";
