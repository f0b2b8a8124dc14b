import type { Splitter } from "./split-words.ts";
import { type TokenArray, tokenArray } from "./tokenizer.ts";
import { grown, WordTable } from "./word-table.ts";

/** Words that are remembered with their tokens: 64 Ki of up to 64 code units, a few megabytes. When full, all are forgotten. */
const MOST_WORDS = 1 << 16;
const LONGEST_WORD = 64;

/**
 * The tokens of one word, which `text` has from `from` to before `to`: puts them at the beginning of `ids`, which has room for three
 * a code unit, and returns how many they are.
 */
export type EncodeWord = (text: string, from: number, to: number, ids: Int32Array) => number;

/** Cuts texts into words and encodes each, but those that it remembers: most words come again and again. */
export class WordEncoder {
  /** Of the tokenizer: `V`. */
  readonly #size: number;
  readonly #split: Splitter;
  readonly #encodeWord: EncodeWord;

  readonly #words: WordTable = new WordTable();
  /** Where the tokens of each word begin in `#wordIds`, and where those of the last end. */
  readonly #starts: Uint32Array = new Uint32Array(MOST_WORDS + 1);
  #wordIds: Int32Array = new Int32Array(1 << 16);

  /** Of the word at hand. */
  #ids: Int32Array = new Int32Array(3 * LONGEST_WORD);
  /** Of the text at hand. */
  #out: Uint32Array = new Uint32Array(1 << 12);
  #count = 0;

  constructor(size: number, split: Splitter, encodeWord: EncodeWord) {
    this.#size = size;
    this.#split = split;
    this.#encodeWord = encodeWord;
  }

  encode(text: string): TokenArray {
    this.#count = 0;
    this.#split(text, (from, to) => this.#add(text, from, to));
    return tokenArray(this.#size, this.#out.subarray(0, this.#count));
  }

  #add(text: string, from: number, to: number): void {
    if (to - from > LONGEST_WORD) {
      const length = this.#encode(text, from, to); // which may give #ids more room
      this.#put(this.#ids, 0, length);
      return;
    }
    if (this.#words.size === MOST_WORDS) this.#words.clear();
    const before = this.#words.size;
    const word = this.#words.add(text, from, to);
    if (word === before) this.#remember(word, this.#encode(text, from, to));
    this.#put(this.#wordIds, this.#starts[word] ?? 0, this.#starts[word + 1] ?? 0);
  }

  #encode(text: string, from: number, to: number): number {
    const most = 3 * (to - from);
    if (most > this.#ids.length) this.#ids = new Int32Array(most);
    return this.#encodeWord(text, from, to, this.#ids);
  }

  /** Keeps the first `length` of `#ids` as the tokens of a new word. */
  #remember(word: number, length: number): void {
    const start = this.#starts[word] ?? 0;
    const end = start + length;
    if (end > this.#wordIds.length) this.#wordIds = grown(this.#wordIds, 2 * end);
    this.#wordIds.set(this.#ids.subarray(0, length), start);
    this.#starts[word + 1] = end;
  }

  #put(ids: Int32Array, from: number, to: number): void {
    if (this.#count + to - from > this.#out.length) {
      this.#out = grown(this.#out, 2 * (this.#count + to - from));
    }
    let count = this.#count;
    for (let i = from; i < to; i++) this.#out[count++] = ids[i] ?? 0;
    this.#count = count;
  }
}
