import { Heap } from "./heap.ts";
import { PairTable } from "./pair-table.ts";
import { grown } from "./word-table.ts";

/** A merge: two token ids and the one that takes their place. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/** Room for places within a word, beside the rank in one number. */
const PLACES = 2 ** 32;

/** Up to this many tokens it is faster to look through all pairs for each merge than to keep them in order: three times. */
const SHORT = 48;
const NONE = 0xffffffff;

/**
 * Applies merges to the tokens of one word: the merge that comes first in the list wins, then the leftmost place, until none
 * fits. In a long word, a heap of places and a list of tokens that are left make that `n log n` for `n` bytes.
 */
export class Merger {
  readonly #ranks: PairTable;
  /** By rank. */
  readonly #merged: Int32Array;
  /** Of a short word: the rank of each pair, or `NONE`. */
  readonly #short: Uint32Array = new Uint32Array(SHORT);
  #next: Int32Array = new Int32Array(64);
  #previous: Int32Array = new Int32Array(64);
  /** The rank of the pair that begins at a place; -1 for none. */
  #rank: Int32Array = new Int32Array(64);
  /** Of `rank * PLACES + place`. Entries that a later merge overtook no longer agree with `#rank`. */
  readonly #queue: Heap = new Heap((a, b) => a < b);

  constructor(merges: readonly Merge[]) {
    this.#ranks = new PairTable(merges.length);
    this.#merged = new Int32Array(merges.length);
    for (const { left, right, merged } of merges) this.#merged[this.#ranks.add(left, right)] = merged;
  }

  /** Merges the first `length` of `ids` in place. Returns how many are left. */
  merge(ids: Int32Array, length: number): number {
    return length <= SHORT ? this.#mergeShort(ids, length) : this.#mergeLong(ids, length);
  }

  #mergeShort(ids: Int32Array, length: number): number {
    let count = length;
    for (let place = 0; place + 1 < count; place++) this.#rankShort(ids, place);
    for (let at = this.#leastShort(count); at >= 0; at = this.#leastShort(count)) {
      count--;
      ids[at] = this.#merged[this.#short[at] ?? 0] ?? 0;
      for (let place = at + 1; place < count; place++) {
        ids[place] = ids[place + 1] ?? 0;
        this.#short[place] = this.#short[place + 1] ?? NONE;
      }
      if (at + 1 < count) this.#rankShort(ids, at);
      if (at > 0) this.#rankShort(ids, at - 1);
    }
    return count;
  }

  #rankShort(ids: Int32Array, place: number): void {
    this.#short[place] = this.#ranks.find(ids[place] ?? 0, ids[place + 1] ?? 0); // -1 becomes NONE
  }

  /** Where the pair of the least rank begins, among `count` tokens; -1 where none has a rank. */
  #leastShort(count: number): number {
    let least = NONE;
    let at = -1;
    for (let place = 0; place + 1 < count; place++) {
      const rank = this.#short[place] ?? NONE;
      if (rank < least) {
        least = rank;
        at = place;
      }
    }
    return at;
  }

  #mergeLong(ids: Int32Array, length: number): number {
    if (length > this.#next.length) {
      this.#next = grown(this.#next, 2 * length);
      this.#previous = grown(this.#previous, 2 * length);
      this.#rank = grown(this.#rank, 2 * length);
    }
    for (let place = 0; place < length; place++) {
      this.#next[place] = place + 1 < length ? place + 1 : -1;
      this.#previous[place] = place - 1;
    }
    for (let place = 0; place < length; place++) this.#enqueue(ids, place);
    for (let entry = this.#queue.pop(); entry !== undefined; entry = this.#queue.pop()) {
      const rank = Math.floor(entry / PLACES);
      const place = entry - rank * PLACES;
      if (this.#rank[place] === rank) this.#mergeAt(ids, place, rank);
    }
    let count = 0;
    for (let place = length > 0 ? 0 : -1; place >= 0; place = this.#next[place] ?? -1) {
      ids[count++] = ids[place] ?? 0;
    }
    return count;
  }

  #mergeAt(ids: Int32Array, place: number, rank: number): void {
    const right = this.#next[place] ?? -1;
    const after = this.#next[right] ?? -1;
    ids[place] = this.#merged[rank] ?? 0;
    this.#next[place] = after;
    this.#rank[right] = -1;
    if (after >= 0) this.#previous[after] = place;
    this.#enqueue(ids, place);
    const before = this.#previous[place] ?? -1;
    if (before >= 0) this.#enqueue(ids, before);
  }

  #enqueue(ids: Int32Array, place: number): void {
    const next = this.#next[place] ?? -1;
    const rank = next < 0 ? -1 : this.#ranks.find(ids[place] ?? 0, ids[next] ?? 0);
    this.#rank[place] = rank;
    if (rank >= 0) this.#queue.push(rank * PLACES + place);
  }
}
