/**
 * Distinct words, numbered from 0 as they come: a hash table over UTF-16 code units that makes no string and no other object
 * for a word, and keeps none alive.
 */
export class WordTable {
  /** How many words there are. */
  size = 0;
  /** By hash: the number of a word plus 1, or 0. A power of two, at least twice the words. */
  #slots: Int32Array = new Int32Array(1 << 12);
  #hashes: Int32Array = new Int32Array(1 << 11);
  /** Where each word begins in `#units`, and where the last one ends. */
  #starts: Uint32Array = new Uint32Array((1 << 11) + 1);
  #units: Uint16Array = new Uint16Array(1 << 14);

  /** Code units of all words together. */
  get units(): number {
    return this.#starts[this.size] ?? 0;
  }

  /** The number of the word that `text` has there; it is added where it is new, and then its number is the old size. */
  add(text: string, from: number, to: number): number {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const word = (this.#slots[slot] ?? 0) - 1;
      if (word < 0) break;
      if (this.#hashes[word] === hash && this.#equals(word, text, from, to)) return word;
      slot = (slot + 1) & mask;
    }
    return this.#insert(slot, hash, text, from, to);
  }

  /** One word. */
  at(word: number): string {
    const [from = 0, to = 0] = this.#starts.subarray(word, word + 2);
    let text = "";
    for (let i = from; i < to; i += 1024) {
      text += String.fromCharCode(...this.#units.subarray(i, Math.min(to, i + 1024)));
    }
    return text;
  }

  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
  }

  #equals(word: number, text: string, from: number, to: number): boolean {
    const start = this.#starts[word] ?? 0;
    if ((this.#starts[word + 1] ?? 0) - start !== to - from) return false;
    for (let i = from; i < to; i++) {
      if (this.#units[start + i - from] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #insert(slot: number, hash: number, text: string, from: number, to: number): number {
    const word = this.size++;
    const start = this.#starts[word] ?? 0;
    const end = start + to - from;
    if (end > this.#units.length) this.#units = grown(this.#units, Math.max(end, 2 * this.#units.length));
    for (let i = from; i < to; i++) this.#units[start + i - from] = text.charCodeAt(i);
    this.#starts[word + 1] = end;
    this.#hashes[word] = hash;
    this.#slots[slot] = word + 1;
    if (2 * this.size >= this.#slots.length) this.#rehash();
    return word;
  }

  #rehash(): void {
    const { length } = this.#slots;
    this.#hashes = grown(this.#hashes, length);
    this.#starts = grown(this.#starts, length + 1);
    const mask = 2 * length - 1;
    this.#slots = new Int32Array(2 * length);
    for (let word = 0; word < this.size; word++) {
      let slot = (this.#hashes[word] ?? 0) & mask;
      while (this.#slots[slot]) slot = (slot + 1) & mask;
      this.#slots[slot] = word + 1;
    }
  }
}

/** The same numbers in a longer array. */
export function grown<T extends Uint16Array | Int32Array | Uint32Array | Float64Array>(
  array: T,
  length: number,
): T {
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array);
  return longer;
}
