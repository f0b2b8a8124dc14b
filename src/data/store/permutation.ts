import { invariant, Rng, threefry } from "../../base/index.ts";

const ROUNDS = 8;
/** Of so few numbers a Feistel network has some orders more often than others; their order is stored. */
const STORED = 1024;

/**
 * The numbers 0..size-1 in random order, each found by itself: of more than 1024 nothing is
 * stored, so billions can be put in order.
 *
 * A Feistel network over the next power of two; what falls outside is sent through again until it falls inside.
 * @see Black and Rogaway 2002, "Ciphers with arbitrary finite domains". https://doi.org/10.1007/3-540-45760-7_9
 */
export class Permutation {
  /** At most 2^52. */
  readonly size: number;
  readonly #lowSize: number;
  readonly #lowMask: number;
  readonly #highMask: number;
  readonly #keys: Int32Array = new Int32Array(ROUNDS);
  readonly #stored: Uint32Array | undefined;

  /** @param stream Tells apart what a seed is used for. @param number Of many orders of one stream: the epoch, say. */
  constructor(size: number, seed: number, stream: number, number: number) {
    invariant(Number.isSafeInteger(size) && size > 0 && size <= 2 ** 52, `a permutation of ${size} numbers`);
    this.size = size;
    if (size <= STORED) this.#stored = new Rng(...threefry(seed, stream, number, 0)).permutation(size);
    const bits = Math.ceil(Math.log2(size));
    const lowBits = Math.ceil(bits / 2);
    this.#lowSize = 2 ** lowBits;
    this.#lowMask = this.#lowSize - 1;
    this.#highMask = 2 ** (bits - lowBits) - 1;
    for (let round = 0; round < ROUNDS; round += 2) {
      this.#keys.set(threefry(seed, stream, number, round), round);
    }
  }

  /** The number at a place. */
  at(place: number): number {
    if (this.#stored) return this.#stored[place] ?? 0;
    let number = place;
    do number = this.#through(number);
    while (number >= this.size);
    return number;
  }

  #through(number: number): number {
    let low = number % this.#lowSize;
    let high = Math.floor(number / this.#lowSize);
    for (let round = 0; round < ROUNDS; round += 2) {
      high ^= mixed(low ^ (this.#keys[round] ?? 0)) & this.#highMask;
      low ^= mixed(high ^ (this.#keys[round + 1] ?? 0)) & this.#lowMask;
    }
    return high * this.#lowSize + low;
  }
}

/** Every bit of the result depends on every bit of `word`: the finalizer of MurmurHash3, a bijection of 32 bits. */
function mixed(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A whole number in [0, below) that belongs to a place of a stream. */
export function drawAt(below: number, seed: number, stream: number, place: number): number {
  const [first, second] = threefry(seed, stream, place, Math.floor(place / 2 ** 32));
  return Math.floor(((first * 2 ** 21 + (second >>> 11)) / 2 ** 53) * below);
}
