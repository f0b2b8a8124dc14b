import type { Corpus, CorpusReport, RowSource, RowsInOrder } from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";

/** Data as training wants them. */
export type TrainingData = PairData | StoreData;

/** Questions with their answers: few enough to be asked for. */
export interface PairData {
  readonly kind: "pairs";
  readonly corpus: Corpus;
  /** SHA-256 of the file, kept in every checkpoint. */
  readonly hash: string;
}

/** Text or conversations in a token store, and how a recipe takes rows from it. */
export interface StoreData {
  readonly kind: "store";
  readonly tokenizer: Tokenizer;
  readonly training: RowSource;
  readonly validation: RowsInOrder;
  /** Rows hold several texts that do not see each other. */
  readonly packed: boolean;
  /** Tokens of the training part. */
  readonly tokens: number;
  /** Fingerprint of the data and of how they became tokens, kept in every checkpoint. */
  readonly hash: string;
  /** What was read, for people. */
  readonly about: string;
  /** What reading did, to be kept with the run. @default none */
  readonly report?: CorpusReport | undefined;
}
