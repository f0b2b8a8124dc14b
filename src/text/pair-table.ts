import { grown } from "./word-table.ts";

/** Pairs of token ids, numbered from 0 as they come: a hash table without an object for a pair. */
export class PairTable {
  size = 0;
  /** By hash: the number of a pair plus 1, or 0. A power of two, at least twice the pairs. */
  #slots: Int32Array;
  #left: Int32Array;
  #right: Int32Array;

  /** @param expected How many pairs there will be, about. */
  constructor(expected: number = 1 << 10) {
    const slots = 1 << Math.ceil(Math.log2(2 * expected + 2));
    this.#slots = new Int32Array(slots);
    this.#left = new Int32Array(slots / 2);
    this.#right = new Int32Array(slots / 2);
  }

  left(pair: number): number {
    return this.#left[pair] ?? 0;
  }

  right(pair: number): number {
    return this.#right[pair] ?? 0;
  }

  /** The number of a pair, or -1. */
  find(left: number, right: number): number {
    return (this.#slots[this.#slot(left, right)] ?? 0) - 1;
  }

  /** The number of a pair, which is added where it is new. */
  add(left: number, right: number): number {
    const slot = this.#slot(left, right);
    const found = this.#slots[slot] ?? 0;
    if (found > 0) return found - 1;
    const pair = this.size++;
    this.#left[pair] = left;
    this.#right[pair] = right;
    this.#slots[slot] = pair + 1;
    if (2 * this.size >= this.#slots.length) this.#rehash();
    return pair;
  }

  /** Where the pair is, or where it would be. */
  #slot(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const pair = (this.#slots[slot] ?? 0) - 1;
      if (pair < 0 || (this.#left[pair] === left && this.#right[pair] === right)) return slot;
    }
  }

  #rehash(): void {
    const { length } = this.#slots;
    this.#left = grown(this.#left, length);
    this.#right = grown(this.#right, length);
    this.#slots = new Int32Array(2 * length);
    for (let pair = 0; pair < this.size; pair++) {
      this.#slots[this.#slot(this.left(pair), this.right(pair))] = pair + 1;
    }
  }
}
