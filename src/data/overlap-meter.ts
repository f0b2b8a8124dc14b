import { invariant, shortened } from "../base/index.ts";
import { textOf } from "./filters/filter.ts";
import { comparable } from "./hashing/comparable.ts";
import { fold } from "./hashing/fold.ts";
import { type Hash64, hash64 } from "./hashing/hash.ts";
import { HashTable } from "./hashing/hash-table.ts";
import { type VisitWindow, WordWindows } from "./hashing/word-windows.ts";
import type { Item, Place } from "./item.ts";

/** Words in a row that hardly come together twice by chance. @see Brown et al. 2020, appendix C. https://arxiv.org/abs/2005.14165 */
const WORDS = 13;
/** Bits of the sieve for each window: about one of eight other windows comes through. */
const SIEVE_BITS = 8;
const FOUND = 0x80000000;
const EXAMPLES = 3;
/** UTF-16 units of an example. */
const SHOWN = 80;

export interface OverlapReport {
  /** Runs of 13 words of the validation text, as often as they stand there, and those that the training text has too. */
  readonly windows: Overlap;
  /** Validation items, and those of which the training items hold a copy. */
  readonly items: Overlap;
  /** The first things found, and in which training item. */
  readonly examples: readonly {
    readonly place: Place;
    readonly text: string;
    readonly what: "window" | "item";
  }[];
}

export interface Overlap {
  readonly all: number;
  readonly found: number;
  /** From 0 to 1; 0 of nothing. */
  readonly share: number;
}

/**
 * Measures how much of the validation text also stands in the training text: what a model can know by heart there.
 *
 * - A window is a run of 13 words. A word is a run of letters, marks and digits in lower case, or one character of a script
 *   without spaces; punctuation does not count. Windows reach over the messages of a conversation and the pieces of a
 *   document, never from one document or conversation to the next; what has fewer words has none.
 * - An item is a copy of another if they have the same text but for case and spaces, and in conversations the same sides. A
 *   long document is compared piece by piece.
 *
 * The validation items come first and are kept as hashes of 64 bits, about 20 to 40 bytes a word; the training items then
 * stream by, however many they are.
 */
export class OverlapMeter {
  readonly #windows = new HashTable(true);
  readonly #items = new HashTable(true);
  /** Of the items' words alone: most training items are no copy by these already, and need not be folded again. */
  readonly #itemWords = new HashTable();
  readonly #walker = new WordWindows(WORDS);
  readonly #counts = { windows: 0, windowsFound: 0, items: 0, itemsFound: 0 };
  readonly #examples: OverlapReport["examples"][number][] = [];
  #sieve: Uint32Array | undefined;

  addValidation(item: Item): void {
    invariant(!this.#sieve, "validation items come before training items");
    const words = this.#roll(item, normal(item), (hash) => {
      this.#windows.set(hash, this.#windows.get(hash) + 1);
      this.#counts.windows++;
    });
    this.#itemWords.add(words);
    const copy = hash64(fold(comparable(item), "signs"));
    this.#items.set(copy, this.#items.get(copy) + 1);
    this.#counts.items++;
  }

  addTraining(item: Item): void {
    this.#sieve ??= this.#makeSieve();
    const sieve = this.#sieve;
    const mask = 32 * sieve.length - 1;
    const text = normal(item);
    const words = this.#roll(item, text, (hash, end) => {
      const bit = hash.high & mask;
      if ((((sieve[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 0) return;
      const found = take(this.#windows, hash);
      if (found > 0) this.#example(item, "window", text.slice(Math.max(0, end - SHOWN), end));
      this.#counts.windowsFound += found;
    });
    if (!this.#itemWords.has(words)) return;
    const found = take(this.#items, hash64(fold(comparable(item), "signs")));
    if (found > 0) this.#example(item, "item", shortened(text.slice(0, 2 * SHOWN), SHOWN));
    this.#counts.itemsFound += found;
  }

  report(): OverlapReport {
    const { windows, windowsFound, items, itemsFound } = this.#counts;
    const overlap = (all: number, found: number): Overlap => ({
      all,
      found,
      share: all === 0 ? 0 : found / all,
    });
    return {
      windows: overlap(windows, windowsFound),
      items: overlap(items, itemsFound),
      examples: [...this.#examples],
    };
  }

  #roll(item: Item, text: string, visit: VisitWindow): Hash64 {
    if (item.kind === "conversation" || item.continues !== true) this.#walker.reset();
    return this.#walker.roll(text, visit);
  }

  /** One bit for each window, so that most others need no look into the table, which is slow to reach in memory. */
  #makeSieve(): Uint32Array {
    const bits = 2 ** Math.ceil(Math.log2(Math.max(1024, SIEVE_BITS * this.#windows.size)));
    const sieve = new Uint32Array(Math.min(bits, 2 ** 31) / 32);
    for (const { high } of this.#windows.keys()) {
      const bit = high & (32 * sieve.length - 1);
      sieve[bit >>> 5] = (sieve[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
    return sieve;
  }

  #example({ file, line }: Item, what: "window" | "item", text: string): void {
    if (this.#examples.length >= EXAMPLES) return;
    this.#examples.push({ place: { file, line }, text: text.replaceAll(/\s+/g, " ").trim(), what });
  }
}

const normal = (item: Item): string => textOf(item).normalize("NFC");

/** How often the validation text has what was found now, the first time that it is found. */
function take(table: HashTable, hash: Hash64): number {
  const count = table.get(hash);
  if (count === 0 || count >= FOUND) return 0;
  table.set(hash, count + FOUND);
  return count;
}
