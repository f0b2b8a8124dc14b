import type { FilterReport, HubOrigin, Item, Reading, ReadingReport } from "../../data/index.ts";

/** Data as a recipe names them: files, a folder, a dataset of the Hub, or text to be made. */
export interface OpenedSource {
  readonly name: string;
  /** Of all its files. */
  readonly bytes: number;
  /** What was found, for people: "12 files of plain text". */
  readonly about: string;
  /** The files that can be read; none of text that is made. */
  readonly readings: readonly Reading[];
  /** Where a dataset of the Hub comes from. */
  readonly hub?: HubOrigin | undefined;
  /** What a dataset of the Hub itself keeps apart to validate with. */
  readonly validation?: OpenedSource | undefined;
  /** Whom a model of it learns to be, where it is made of a character. */
  readonly character?: string | undefined;
  /** Tells the contents apart from any others; all is read for it. */
  identity(): Promise<string>;
  /** Whether there are conversations in it, by the first item of each file. */
  conversational(): Promise<boolean>;
  /** What is read and not filtered out; each call reads it from the start. */
  items(): AsyncGenerator<Item, void>;
  /** Of `bytes`, those that `items` has read so far. */
  bytesRead(): number;
  /** What each filter did, once the items were read. */
  reports(): readonly FilterReport[];
  /** What could not be used so far: the first ones, and how many there are. */
  problems(): ReadingReport["problems"];
}
