import { type Splitter, splitWords } from "./split-words.ts";
import { grown, WordTable } from "./word-table.ts";

/** Longer words are counted in parts of this many code units. */
const LONGEST = 1024;

/**
 * Counts the words of any amount of text in bounded memory: where there are more than `most` distinct words, the rarer half is
 * forgotten, of equally rare ones those that came later, and counting goes on.
 */
export class WordCounter {
  readonly #most: number;
  readonly #split: Splitter;
  #words: WordTable = new WordTable();
  #counts: Float64Array = new Float64Array(1 << 12);

  /** @param most How many distinct words are kept; 60 MB a million. @default a million */
  constructor(most = 1_000_000, split: Splitter = splitWords) {
    this.#most = most;
    this.#split = split;
  }

  add(text: string): void {
    this.#split(text, (from, to) => {
      for (let at = from; at < to; ) {
        let end = Math.min(to, at + LONGEST);
        if (end < to && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end--; // no half of a character
        this.#count(text, at, end, 1);
        at = end;
      }
    });
  }

  /** The words with how often they came, in the order in which they came first. */
  *words(): Generator<readonly [word: string, count: number]> {
    for (let word = 0; word < this.#words.size; word++) {
      yield [this.#words.at(word), this.#counts[word] ?? 0];
    }
  }

  #count(text: string, from: number, to: number, times: number): void {
    const word = this.#words.add(text, from, to);
    if (word >= this.#counts.length) this.#counts = grown(this.#counts, 2 * this.#counts.length);
    this.#counts[word] = (this.#counts[word] ?? 0) + times;
    if (this.#words.size > this.#most || this.#words.units > 16 * this.#most) this.#forget();
  }

  /** Keeps the more frequent half. */
  #forget(): void {
    const counts = this.#counts;
    const frequent = Array.from({ length: this.#words.size }, (_, word) => word)
      .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b)
      .slice(0, this.#words.size >> 1)
      .sort((a, b) => a - b);
    const old = this.#words;
    this.#words = new WordTable();
    this.#counts = new Float64Array(counts.length);
    for (const word of frequent) {
      const text = old.at(word);
      this.#counts[this.#words.add(text, 0, text.length)] = counts[word] ?? 0;
    }
  }
}
