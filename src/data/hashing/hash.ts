/** Two odd multipliers for two independent hashes of 32 bits: 2^32 divided by the golden ratio, and by pi. */
export const MULTIPLY_LOW = 0x9e3779b1;
export const MULTIPLY_HIGH = 0x517cc1b7;

/** A hash of 64 bits, in two halves (signed 32-bit numbers). */
export interface Hash64 {
  low: number;
  high: number;
}

/** Spreads each bit of a word over all of it. @see Appleby 2011, MurmurHash3's final mix. */
export function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * A hash of the units from `from` to before `to`. Among ten million texts the odds that any two share one are about
 * one to 400,000; nobody is expected to look for collisions on purpose.
 */
export function hash64(units: Uint16Array, from = 0, to: number = units.length): Hash64 {
  let [low, high] = [to - from, ~(to - from)];
  for (let i = from; i < to; i++) {
    const unit = units[i] ?? 0;
    low = Math.imul(((low << 5) | (low >>> 27)) ^ unit, MULTIPLY_LOW);
    high = Math.imul(((high << 7) | (high >>> 25)) ^ unit, MULTIPLY_HIGH);
  }
  return { low: mix(low), high: mix(high) };
}
