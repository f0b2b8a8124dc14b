import { hashOfText } from "./hash-of-text.ts";

/** One in so many is kept from training. */
const FACTS = 8;
const PATTERNS = 6;
/** Of what is out of the world. */
const OUTSIDE = 4;
/** With fewer, none is kept back. */
export const FEWEST_FACTS = 6;
const FEWEST_PATTERNS = 5;

/** Decides what never occurs in training, by hashes: adding to a pack changes nothing for what was there, and nobody picks. */
export class Split {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Whether a fact is never asked for in training. */
  holdsFact(skill: string, key: string, outside: boolean): boolean {
    return this.#hash("fact", skill, key) % (outside ? OUTSIDE : FACTS) === 0;
  }

  /** Those of a skill's patterns that never occur in training. */
  heldPatterns(skill: string, patterns: readonly string[], outside: boolean): ReadonlySet<string> {
    const all = [...new Set(patterns)];
    const many = all.length < FEWEST_PATTERNS ? 0 : Math.round(all.length / (outside ? OUTSIDE : PATTERNS));
    const sorted = all
      .map((pattern) => ({ pattern, hash: this.#hash("pattern", skill, pattern) }))
      .sort((a, b) => a.hash - b.hash);
    return new Set(sorted.slice(0, many).map(({ pattern }) => pattern));
  }

  #hash(...parts: string[]): number {
    return hashOfText(`${this.#seed}\u0000${parts.join("\u0000")}`);
  }
}
