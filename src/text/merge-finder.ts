import { Heap } from "./heap.ts";
import { PairTable } from "./pair-table.ts";

/**
 * The pairs of neighbouring tokens in words, with how often they are there, while merges change the words. Every place of a
 * token is on the list of the pair that begins there, so that a merge touches only the places where its pair is.
 */
export class MergeFinder {
  /** By place: all tokens of all words, one word after the other. */
  readonly #ids: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** How often the word of a place is in the text. */
  readonly #weights: Float64Array;
  /** The pair that begins at a place, or -1; and its neighbours on that pair's list. */
  readonly #pair: Int32Array;
  readonly #after: Int32Array;
  readonly #before: Int32Array;

  readonly #pairs: PairTable = new PairTable(1 << 14);
  /** By pair: the first place on its list, and how often it is in the text. */
  readonly #heads: number[] = [];
  readonly #counts: number[] = [];

  /** By entry of the queue: a pair, and its count at that time. Later the count may have fallen. */
  readonly #queuedPair: number[] = [];
  readonly #queuedCount: number[] = [];
  readonly #queue: Heap = new Heap((a, b) => this.#isBefore(a, b));

  /**
   * @param ids The tokens of all words, one word after the other.
   * @param ends By word: where it ends in `ids`.
   * @param counts By word: how often it is in the text.
   */
  constructor(ids: Int32Array, ends: ArrayLike<number>, counts: ArrayLike<number>) {
    this.#ids = ids;
    this.#next = new Int32Array(ids.length).fill(-1);
    this.#previous = new Int32Array(ids.length).fill(-1);
    this.#weights = new Float64Array(ids.length);
    this.#pair = new Int32Array(ids.length).fill(-1);
    this.#after = new Int32Array(ids.length);
    this.#before = new Int32Array(ids.length);
    for (let word = 0, place = 0; word < ends.length; word++) {
      const end = ends[word] ?? 0;
      for (const start = place; place < end; place++) {
        this.#weights[place] = counts[word] ?? 0;
        if (place > start) {
          this.#next[place - 1] = place;
          this.#previous[place] = place - 1;
          this.#attach(place - 1);
        }
      }
    }
    for (let pair = 0; pair < this.#pairs.size; pair++) this.#enqueue(pair);
  }

  /** The most frequent pair; of equally frequent ones that with the lowest ids, as Hugging Face's trainer has it. */
  mostFrequent(minimum: number): { left: number; right: number; pair: number } | undefined {
    for (let entry = this.#queue.pop(); entry !== undefined; entry = this.#queue.pop()) {
      const pair = this.#queuedPair[entry] ?? 0;
      const count = this.#counts[pair] ?? 0;
      if (count < minimum) continue;
      if (count === this.#queuedCount[entry]) {
        return { left: this.#pairs.left(pair), right: this.#pairs.right(pair), pair };
      }
      this.#enqueue(pair);
    }
    return undefined;
  }

  /** Puts the token `merged` wherever the pair is; in a run of one token from left to right. */
  merge(pair: number, merged: number): void {
    const places: number[] = [];
    for (let place = this.#heads[pair] ?? -1; place >= 0; place = this.#after[place] ?? -1) {
      places.push(place);
    }
    if (this.#pairs.left(pair) === this.#pairs.right(pair)) places.sort((a, b) => a - b);
    const changed = new Set<number>();
    for (const place of places) if (this.#pair[place] === pair) this.#mergeAt(place, merged, changed);
    for (const other of changed) this.#enqueue(other);
  }

  #mergeAt(place: number, merged: number, changed: Set<number>): void {
    const right = this.#next[place] ?? -1;
    const after = this.#next[right] ?? -1;
    const before = this.#previous[place] ?? -1;
    this.#detach(place);
    if (after >= 0) this.#detach(right);
    if (before >= 0) this.#detach(before);
    this.#ids[place] = merged;
    this.#next[place] = after;
    if (after >= 0) {
      this.#previous[after] = place;
      changed.add(this.#attach(place));
    }
    if (before >= 0) changed.add(this.#attach(before));
  }

  /** Puts a place on the list of the pair that begins there. */
  #attach(place: number): number {
    const pair = this.#pairs.add(this.#ids[place] ?? 0, this.#ids[this.#next[place] ?? 0] ?? 0);
    const head = this.#heads[pair] ?? -1;
    this.#pair[place] = pair;
    this.#before[place] = -1;
    this.#after[place] = head;
    if (head >= 0) this.#before[head] = place;
    this.#heads[pair] = place;
    this.#counts[pair] = (this.#counts[pair] ?? 0) + (this.#weights[place] ?? 0);
    return pair;
  }

  #detach(place: number): void {
    const pair = this.#pair[place] ?? -1;
    const before = this.#before[place] ?? -1;
    const after = this.#after[place] ?? -1;
    if (before >= 0) this.#after[before] = after;
    else this.#heads[pair] = after;
    if (after >= 0) this.#before[after] = before;
    this.#pair[place] = -1;
    this.#counts[pair] = (this.#counts[pair] ?? 0) - (this.#weights[place] ?? 0);
  }

  #enqueue(pair: number): void {
    const entry = this.#queuedPair.length;
    this.#queuedPair.push(pair);
    this.#queuedCount.push(this.#counts[pair] ?? 0);
    this.#queue.push(entry);
  }

  #isBefore(a: number, b: number): boolean {
    const order = (this.#queuedCount[b] ?? 0) - (this.#queuedCount[a] ?? 0);
    if (order !== 0) return order < 0;
    const [first, second] = [this.#queuedPair[a] ?? 0, this.#queuedPair[b] ?? 0];
    const left = this.#pairs.left(first) - this.#pairs.left(second);
    return (left || this.#pairs.right(first) - this.#pairs.right(second)) < 0;
  }
}
