import type { FilterReport } from "./filters/filter.ts";
import type { ReadProblem } from "./item.ts";
import type { OverlapReport } from "./overlap-meter.ts";
import type { StoreCounts } from "./store/store-index.ts";

/** What reading the data of a training did: `data.json` of its run. Plain data. */
export interface CorpusReport {
  /** In the order of the recipe. */
  readonly sources: readonly SourceReport[];
  /** What is validated with, where it was not held back from the sources. */
  readonly validation: readonly SourceReport[];
  readonly tokens: { readonly training: number; readonly validation: number };
  /** Rows of one pass over the data, and the share of their places that hold nothing. */
  readonly rows: { readonly training: number; readonly padding: number };
  /** `undefined` where nothing is validated with. */
  readonly overlap?: CorpusOverlap | undefined;
}

/** What became of one source. */
export interface SourceReport extends ReadingReport {
  /** As the recipe names it. */
  readonly source: string;
  /** What it was taken for, for people. */
  readonly about: string;
  /** Of its files. */
  readonly bytes: number;
  /** What fitting conversations into the context window did. */
  readonly conversations: Omit<StoreCounts, "bytes">;
  readonly hub?: HubOrigin | undefined;
}

/** What reading the files of a source found; kept beside the tokens that were made of them. */
export interface ReadingReport {
  readonly files: {
    readonly count: number;
    /** The first twenty. */
    readonly first: readonly FileReport[];
  };
  /** What is left after filtering. */
  readonly items: {
    readonly documents: number;
    readonly conversations: number;
    readonly messages: number;
  };
  /** What could not be used; the first ten. */
  readonly problems: { readonly count: number; readonly first: readonly ReadProblem[] };
  /** What each filter that is on did. */
  readonly filters: readonly FilterReport[];
}

export interface FileReport {
  readonly file: string;
  /** The id of its format. */
  readonly format: string;
  /** As `TextDecoder` calls it; absent where the file is no text. */
  readonly encoding?: string | undefined;
}

/** A dataset of the Hugging Face Hub, as it was taken. */
export interface HubOrigin {
  /** `hf:owner/dataset@COMMIT...`: the same files again, whatever becomes of the dataset. */
  readonly pinned: string;
  /** The commit. */
  readonly revision: string;
  /** As its card says. */
  readonly license?: string | undefined;
}

/** How much of the validation text the training text has too. */
export interface CorpusOverlap extends OverlapReport {
  /** UTF-8 bytes of validation text that were looked for, and of all: very large parts are sampled. */
  readonly measured: { readonly bytes: number; readonly of: number };
}
