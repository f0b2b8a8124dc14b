import { type Hash64, MULTIPLY_HIGH, MULTIPLY_LOW, mix } from "./hash.ts";
import { WordWindows } from "./word-windows.ts";

/** What becomes of a run of words: its hash, valid during the call only. */
type VisitRun = (hash: Hash64) => void;

/**
 * The words of a text, by which a run of any length is hashed at once: prefixes of it are numbers whose digits are the words' hashes,
 * and a run is the difference of two of them. Words are those of `WordWindows`.
 */
export class WordRuns {
  length = 0;
  readonly #walker = new WordWindows(1);
  readonly #hash: Hash64 = { low: 0, high: 0 };
  /** Of the words before each place. */
  #low = new Int32Array(256);
  #high = new Int32Array(256);

  clear(): this {
    this.length = 0;
    return this;
  }

  /** Adds the words of a text behind those that are there. */
  add(text: string): this {
    this.#walker.roll(text.normalize("NFC"), ({ low, high }) => {
      const at = this.length;
      if (at + 2 > this.#low.length) this.#grow();
      this.#low[at + 1] = Math.imul(this.#low[at] ?? 0, MULTIPLY_LOW) + low;
      this.#high[at + 1] = Math.imul(this.#high[at] ?? 0, MULTIPLY_HIGH) + high;
      this.length = at + 1;
    });
    return this;
  }

  /** Visits every run of so many words. */
  each(words: number, visit: VisitRun): void {
    const [low, high, hash] = [this.#low, this.#high, this.#hash];
    const [lowPower, highPower] = [power(MULTIPLY_LOW, words), power(MULTIPLY_HIGH, words)];
    for (let end = words; end <= this.length; end++) {
      const from = end - words;
      hash.low = mix(((low[end] ?? 0) - Math.imul(low[from] ?? 0, lowPower)) | 0);
      hash.high = mix(((high[end] ?? 0) - Math.imul(high[from] ?? 0, highPower)) | 0);
      visit(hash);
    }
  }

  /** A hash of all words, for keeping; nothing of none. */
  whole(): Hash64 | undefined {
    let hash: Hash64 | undefined;
    if (this.length === 0) return undefined;
    this.each(this.length, ({ low, high }) => {
      hash = { low, high };
    });
    return hash;
  }

  #grow(): void {
    const [low, high] = [this.#low, this.#high];
    this.#low = new Int32Array(2 * low.length);
    this.#high = new Int32Array(2 * high.length);
    this.#low.set(low);
    this.#high.set(high);
  }
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product = Math.imul(product, base);
  return product;
}
