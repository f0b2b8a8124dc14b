import type { Corpus, CorpusReport, FilterReport, RowSource, RowsInOrder, StorePart } from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";

/** Data as training wants them. */
export type TrainingData = PairData | StoreData;

interface AnyData {
  /** Whom a model of them learns to be, where they say it: "Pip". Checkpoints keep it. @default nobody */
  readonly character?: string | undefined;
}

/** Questions with their answers: few enough to be asked for. */
export interface PairData extends AnyData {
  readonly kind: "pairs";
  readonly corpus: Corpus;
  /** That of the model to begin with or to go on from. @default fitted to the corpus */
  readonly tokenizer?: Tokenizer | undefined;
  /** SHA-256 of the file, kept in every checkpoint. */
  readonly hash: string;
}

/** Text or conversations in a token store, and how a recipe takes rows from it. */
export interface StoreData extends AnyData {
  readonly kind: "store";
  readonly tokenizer: Tokenizer;
  readonly training: RowSource;
  readonly validation: RowsInOrder;
  /** Rows hold several texts that do not see each other. */
  readonly packed: boolean;
  /** Tokens of the training part. */
  readonly tokens: number;
  /** Of the places of an epoch's rows, the share that holds nothing. */
  readonly padding: number;
  /** What trains and what validates, by source. */
  readonly parts: { readonly training: readonly StorePart[]; readonly validation: readonly StorePart[] };
  /** What the model goes on with at each checkpoint, where the recipe names nothing. @default [] */
  readonly prompts?: readonly string[];
  /** Fingerprint of the data and of how they became tokens, kept in every checkpoint. */
  readonly hash: string;
  /** What was read, for people. */
  readonly about: string;
  /** The same in numbers, for reports. */
  readonly sources?: readonly SourceFacts[];
  /** What reading did, to be kept with the run. @default none */
  readonly report?: CorpusReport | undefined;
}

/** One source of data in numbers. */
export interface SourceFacts {
  /** As the recipe names it. */
  readonly source: string;
  /** What was found, for people: "12 files of plain text". */
  readonly about: string;
  /** Of the files. */
  readonly bytes: number;
  /** What was read and kept: texts, conversations, and the tokens of both. */
  readonly texts: number;
  readonly conversations: number;
  readonly tokens: number;
  /** What each filter did; absent where there are none, or nobody knows any more. */
  readonly filters?: readonly FilterFacts[] | undefined;
}

export type FilterFacts = Pick<FilterReport, "name" | "seen" | "dropped" | "cut">;
