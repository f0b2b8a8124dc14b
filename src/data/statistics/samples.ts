import { type Rng, shortened } from "../../base/index.ts";
import { placeIn } from "../filters/filter-tally.ts";
import type { Item, Place, Role } from "../item.ts";

/** Messages and characters of a sample. */
const MESSAGES = 6;
const MESSAGE = 160;
const TEXT = 400;

/** A short part of an item, to read. */
export interface Sample {
  readonly place: Place;
  /** The messages of a conversation from its beginning, or some lines of a text; all are shortened. */
  readonly lines: readonly { readonly role?: Role; readonly text: string }[];
}

/**
 * A few items of a stream, each with the same chance.
 * @see Vitter 1985, "Random sampling with a reservoir", algorithm R. https://doi.org/10.1145/3147.3165
 */
export class Samples {
  readonly #count: number;
  readonly #rng: Rng;
  readonly #kept: Sample[] = [];
  #seen = 0;

  constructor(count: number, rng: Rng) {
    this.#count = count;
    this.#rng = rng;
  }

  add(item: Item): void {
    const slot = this.#seen < this.#count ? this.#seen : this.#rng.below(this.#seen + 1);
    this.#seen++;
    if (slot < this.#count) this.#kept[slot] = sampleOf(item, this.#rng);
  }

  report(): Sample[] {
    return [...this.#kept];
  }
}

function sampleOf(item: Item, rng: Rng): Sample {
  if (item.kind === "conversation") {
    const lines = item.messages
      .slice(0, MESSAGES)
      .map(({ role, text }) => ({ role, text: shortened(text, MESSAGE) }));
    return { place: { file: item.file, line: item.line }, lines };
  }
  const { text } = item;
  const random = text.length <= TEXT ? 0 : rng.below(text.length - TEXT);
  const from = random === 0 ? 0 : text.lastIndexOf("\n", random) + 1;
  // A text in one endless line begins anywhere.
  const start = random - from > TEXT ? random : from;
  const part = shortened(text.slice(start, start + 2 * TEXT), TEXT);
  const lines = part.split("\n").filter((line) => line.trim() !== "");
  return { place: placeIn(item, text, start), lines: lines.map((line) => ({ text: line.trim() })) };
}
