import type { ByteSource } from "../../base/index.ts";
import type { Speaker } from "../chats/chat-log.ts";
import type { Item } from "../item.ts";
import type { TextChunk } from "./decode.ts";
import type { Problems } from "./problems.ts";

/**
 * Fields of records that have names of their own: each says what its field is called in the file. Columns of a table without a row
 * of names are called by their numbers, from 1.
 */
export interface Columns {
  /** A document. */
  readonly text?: string | undefined;
  readonly question?: string | undefined;
  readonly answer?: string | undefined;
  /** What the assistant is told before the question. */
  readonly system?: string | undefined;
  /** A whole conversation: a list of messages, or lines of two speakers. */
  readonly messages?: string | undefined;
}

/** What a person may say about files where finding out would go wrong. */
export interface ReadOptions {
  /** A label that `TextDecoder` knows. @default found out */
  readonly encoding?: string | undefined;
  /** The id of one of `formats`. @default found out from the content and the name's ending */
  readonly format?: string | undefined;
  /** @default the usual names are looked for */
  readonly columns?: Columns | undefined;
  /** The person's own name in exports of chats. The model learns to be that person. */
  readonly me?: string | undefined;
  /** Hours of silence in a chat after which a message begins a new conversation. @default the format's own */
  readonly gapHours?: number | undefined;
}

/** The beginning of a file, to tell its format by. */
export interface Head {
  /** In lower case with the dot, as `.csv`; "" without one. */
  readonly ending: string;
  /** The file's own name without folders, in lower case. */
  readonly name: string;
  /** Up to 64 KiB. */
  readonly bytes: Uint8Array;
  /** The same as text; "" where it is none. Line ends are `\n`. */
  readonly text: string;
  /** Whether this is all of it. */
  readonly whole: boolean;
}

/** A file as the reader of its format gets it. */
export interface FileToRead {
  readonly source: ByteSource;
  readonly head: Head;
  readonly options: ReadOptions;
  readonly problems: Problems;
  /** Is told who writes in a chat. */
  speakers(speakers: readonly Speaker[]): void;
  /** All of it as text, from the start, piece by piece. */
  text(): AsyncGenerator<TextChunk, void>;
}

/** A kind of file. To add one: write its file, and put a row into `formats`. */
export interface Format {
  /** As `--format` takes it. */
  readonly id: string;
  /** For people: "CSV". */
  readonly about: string;
  /** Endings of names that promise this format. */
  readonly endings: readonly string[];
  /** Whether it is bytes that are no text. @default false */
  readonly binary?: boolean;
  /**
   * How surely a file is of this format, from 0 (it is not) to 1. Who goes by the content says 0.9, by the name alone 0.5; the more
   * special format must say more than the more general: an export of a chat program more than JSON.
   */
  recognises(head: Head): number;
  /** What is inside, for people: "OpenAI messages". It may read on; without it, `about` says all. */
  contents?(file: FileToRead): Promise<string | undefined>;
  read(file: FileToRead): AsyncGenerator<Item, void>;
}
