import type { Hash64 } from "./hash.ts";

/** Slots in use at most: beyond, looking up takes long. */
const FULL = 0.7;
/** Independent tables, by the upper bits: only one of them is copied at a time. */
const SHARDS = 64;

/** One table of open addressing. A key of two zeros stands for an empty slot. */
class Shard {
  keys: Int32Array = new Int32Array(2 * 16);
  counts: Uint32Array | undefined;
  used = 0;

  constructor(counting: boolean) {
    if (counting) this.counts = new Uint32Array(16);
  }

  /** The slot of a key, or the empty one where it belongs. */
  find(low: number, high: number): number {
    const mask = this.keys.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const [a, b] = [this.keys[2 * slot], this.keys[2 * slot + 1]];
      if ((a === low && b === high) || (a === 0 && b === 0)) return slot;
    }
  }

  grow(): void {
    const { keys, counts } = this;
    this.keys = new Int32Array(2 * keys.length);
    if (counts) this.counts = new Uint32Array(2 * counts.length);
    for (let i = 0; i < keys.length; i += 2) {
      const [low = 0, high = 0] = [keys[i], keys[i + 1]];
      if (low === 0 && high === 0) continue;
      const slot = this.find(low, high);
      this.keys[2 * slot] = low;
      this.keys[2 * slot + 1] = high;
      if (this.counts) this.counts[slot] = counts?.[i >> 1] ?? 0;
    }
  }
}

/**
 * Hashes of 64 bits, each with a number if asked for. A set takes 11 to 23 bytes an entry, so ten million take 134 MB;
 * with numbers half as much again. A JavaScript `Set` takes several times that and ends at 16.7 million.
 */
export class HashTable {
  readonly #shards: readonly Shard[];
  #size = 0;

  /** @param counting Whether each hash has a number. @default false */
  constructor(counting = false) {
    this.#shards = Array.from({ length: SHARDS }, () => new Shard(counting));
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#shards.reduce(
      (sum, { keys, counts }) => sum + keys.byteLength + (counts?.byteLength ?? 0),
      0,
    );
  }

  /** Whether the hash was not there before. */
  add(hash: Hash64): boolean {
    const [shard, low, high] = this.#place(hash);
    let slot = shard.find(low, high);
    if (shard.keys[2 * slot] !== 0 || shard.keys[2 * slot + 1] !== 0) return false;
    if (shard.used + 1 > (FULL * shard.keys.length) / 2) {
      shard.grow();
      slot = shard.find(low, high);
    }
    shard.keys[2 * slot] = low;
    shard.keys[2 * slot + 1] = high;
    shard.used++;
    this.#size++;
    return true;
  }

  has(hash: Hash64): boolean {
    const [shard, low, high] = this.#place(hash);
    const slot = shard.find(low, high);
    return shard.keys[2 * slot] !== 0 || shard.keys[2 * slot + 1] !== 0;
  }

  /** The number of a hash; 0 where it has none or is not there. */
  get(hash: Hash64): number {
    const [shard, low, high] = this.#place(hash);
    return shard.counts?.[shard.find(low, high)] ?? 0;
  }

  /** Sets the number of a hash, which is added where it is not there. */
  set(hash: Hash64, value: number): void {
    this.add(hash);
    const [shard, low, high] = this.#place(hash);
    if (shard.counts) shard.counts[shard.find(low, high)] = value;
  }

  /** All hashes. The object is the same each time. */
  *keys(): Generator<Readonly<Hash64>, void> {
    const hash: Hash64 = { low: 0, high: 0 };
    for (const { keys } of this.#shards) {
      for (let i = 0; i < keys.length; i += 2) {
        hash.low = keys[i] ?? 0;
        hash.high = keys[i + 1] ?? 0;
        if (hash.low !== 0 || hash.high !== 0) yield hash;
      }
    }
  }

  #place({ low, high }: Hash64): [Shard, number, number] {
    const key = low === 0 && high === 0 ? 1 : low;
    return [this.#shards[high >>> 26] as Shard, key, high];
  }
}
