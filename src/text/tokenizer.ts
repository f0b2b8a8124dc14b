import type { SpecialTokens } from "./special-tokens.ts";

/** Token ids as they are kept in bulk: 16 bits where every id of the tokenizer fits. */
export type TokenArray = Uint16Array | Uint32Array;

/** Turns token ids into text as they come: a character whose bytes are several tokens appears with the last of them. */
export interface DecodeStream {
  /** The text that became whole with this token; often empty. */
  push(id: number): string;
  /** What is left at the end: U+FFFD for an unfinished character. */
  flush(): string;
}

/** Turns text into token ids and back. Every implementation passes `describeTokenizer`. */
export interface Tokenizer {
  readonly kind: "character" | "byte" | "bpe";
  /** The number of token ids: `V`. */
  readonly size: number;
  readonly special: SpecialTokens;
  /**
   * The ids of a text; never a special token, whatever the text, but `unk`.
   *
   * @throws {ParrotletError} `unknown-character`, with the character and its place, where there is no `unk`.
   */
  encode(text: string): number[];
  /** The same ids, made without an object for each: for tokenizing gigabytes. The array belongs to the caller. */
  encodeToArray(text: string): TokenArray;
  /** The text of ids, without special tokens; U+FFFD where bytes are not UTF-8. */
  decode(ids: Iterable<number>): string;
  decodeStream(): DecodeStream;
  /** The UTF-8 bytes that tokens stand for; none for special tokens. */
  bytesOf(ids: Iterable<number>): Uint8Array;
  /** How many bytes one token stands for: 0 for a special token. Bits per byte divide by it. */
  byteLength(id: number): number;
  /** How many bytes tokens stand for. */
  countBytes(ids: Iterable<number>): number;
  /** How to show one token: its text, or the name of a special token. */
  show(id: number): string;
  /** A Hugging Face `tokenizer.json`. */
  toJson(): Record<string, unknown>;
}

/** An array for `length` ids of a tokenizer of this size, or a copy of ids. */
export const tokenArray = (size: number, from: number | ArrayLike<number>): TokenArray => {
  if (typeof from === "number") return size <= 1 << 16 ? new Uint16Array(from) : new Uint32Array(from);
  return size <= 1 << 16 ? new Uint16Array(from) : new Uint32Array(from);
};
