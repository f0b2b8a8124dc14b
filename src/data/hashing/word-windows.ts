import { aloneTable, foldTable, SPACE } from "./fold.ts";
import { type Hash64, MULTIPLY_HIGH, MULTIPLY_LOW, mix } from "./hash.ts";

/** What becomes of a window: its hash (valid during the call only) and where in the text its last word ends. */
export type VisitWindow = (hash: Hash64, end: number) => void;

/**
 * Hashes every run of so many words of a text in one pass: the words' own hashes are the digits of a number to the base of
 * a multiplier, from which the oldest is taken off as the next comes in (Karp and Rabin 1987).
 */
export class WordWindows {
  readonly words: number;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** The multipliers to the power of `words`: what the oldest word was multiplied with. */
  readonly #oldest: Hash64 = { low: 1, high: 1 };
  readonly #hash: Hash64 = { low: 0, high: 0 };
  readonly #rolling: Hash64 = { low: 0, high: 0 };
  #all: Hash64 = { low: 0, high: 0 };
  #count = 0;
  #slot = 0;

  constructor(words: number) {
    this.words = words;
    this.#low = new Int32Array(words);
    this.#high = new Int32Array(words);
    for (let i = 0; i < words; i++) {
      this.#oldest.low = Math.imul(this.#oldest.low, MULTIPLY_LOW);
      this.#oldest.high = Math.imul(this.#oldest.high, MULTIPLY_HIGH);
    }
  }

  /** Forgets the words before: another document begins. */
  reset(): void {
    if (this.#count === 0) return;
    this.#count = 0;
    this.#slot = 0;
    this.#rolling.low = 0;
    this.#rolling.high = 0;
    for (let slot = 0; slot < this.words; slot++) {
      this.#low[slot] = 0;
      this.#high[slot] = 0;
    }
  }

  /**
   * Goes over a text in NFC, whose words are those of `fold`. Windows go on from the text before, unless it was `reset`.
   * Gives a hash of all words of this text.
   */
  roll(text: string, visit: VisitWindow): Hash64 {
    const [table, stands] = [foldTable("words"), aloneTable()];
    this.#all = { low: 0, high: 0 };
    let word = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = table[text.charCodeAt(i)] ?? SPACE;
      const single = unit > 127 && stands[unit] === 1;
      if (word !== 0 && (unit === SPACE || single)) {
        this.#push(word, i, visit);
        word = 0;
      }
      if (unit === SPACE) continue;
      word = Math.imul(((word << 5) | (word >>> 27)) ^ unit, MULTIPLY_LOW) || 1;
      if (!single) continue;
      this.#push(word, i + 1, visit);
      word = 0;
    }
    if (word !== 0) this.#push(word, text.length, visit);
    return { low: mix(this.#all.low), high: mix(this.#all.high) };
  }

  /** 32 bits tell words apart; 64 tell windows apart. */
  #push(word: number, end: number, visit: VisitWindow): void {
    const low = mix(word);
    const high = Math.imul(word ^ (word >>> 15), MULTIPLY_HIGH);
    const [rolling, all, slot] = [this.#rolling, this.#all, this.#slot];
    rolling.low = step(rolling.low, MULTIPLY_LOW, low - Math.imul(this.#low[slot] ?? 0, this.#oldest.low));
    rolling.high = step(
      rolling.high,
      MULTIPLY_HIGH,
      high - Math.imul(this.#high[slot] ?? 0, this.#oldest.high),
    );
    all.low = step(all.low, MULTIPLY_LOW, low);
    all.high = step(all.high, MULTIPLY_HIGH, high);
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#slot = slot + 1 === this.words ? 0 : slot + 1;
    if (++this.#count < this.words) return;
    this.#hash.low = mix(rolling.low);
    this.#hash.high = mix(rolling.high);
    visit(this.#hash, end);
  }
}

const step = (sum: number, multiplier: number, digit: number): number =>
  (Math.imul(sum, multiplier) + digit) | 0;
