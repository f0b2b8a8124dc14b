import { invariant, present } from "../../base/index.ts";
import type { RowSource, Rows } from "./rows.ts";

export interface MixtureEntry {
  readonly source: RowSource;
  /** How many rows it gives, beside those of the others; above 0. */
  readonly weight: number;
}

/** Places after which the same sources come in the same order: weights are counted in thousandths. */
const CYCLE = 1000;

/**
 * Rows of several sources in the proportion of their weights, spread evenly. Each source goes through its own epochs, and
 * which of its rows is at a place can be computed, so that nothing is counted from the beginning.
 */
export class Mixture implements RowSource {
  readonly time: number;
  /** Rows in which every source is gone through once, and the small ones several times. */
  readonly rows: number;
  readonly #sources: readonly RowSource[];
  /** For each place of the cycle its source, and how many rows of that source are before it. */
  readonly #table: Uint16Array = new Uint16Array(CYCLE);
  readonly #before: Uint16Array = new Uint16Array(CYCLE);
  readonly #slots: readonly number[];

  constructor(entries: readonly MixtureEntry[]) {
    this.#sources = entries.map(({ source }) => source);
    this.time = present(this.#sources[0], "a source").time;
    invariant(
      this.#sources.every(({ time }) => time === this.time),
      "sources of rows of different lengths",
    );
    this.#slots = slotsOf(entries.map(({ weight }) => weight));
    const used = this.#slots.map(() => 0);
    for (let place = 0; place < CYCLE; place++) {
      const source = mostBehind(this.#slots, used, place);
      this.#table[place] = source;
      this.#before[place] = used[source] ?? 0;
      used[source] = (used[source] ?? 0) + 1;
    }
    this.rows = Math.max(
      ...entries.map(({ source: { rows } }, number) =>
        Math.ceil((rows * CYCLE) / (this.#slots[number] ?? 1)),
      ),
    );
  }

  /** The source of a place, and how many rows of it are before that place. */
  at(place: number): { source: number; row: number } {
    const within = place % CYCLE;
    const source = this.#table[within] ?? 0;
    const cycles = (place - within) / CYCLE;
    return { source, row: cycles * (this.#slots[source] ?? 0) + (this.#before[within] ?? 0) };
  }

  fillRow(place: number, into: Rows, at: number): void {
    const { source, row } = this.at(place);
    present(this.#sources[source], "a source").fillRow(row, into, at);
  }
}

/** How many of the places each weight gets: at least one, and all together all. */
function slotsOf(weights: readonly number[]): number[] {
  invariant(weights.length <= CYCLE, `${weights.length} sources`);
  invariant(
    weights.every((weight) => weight > 0 && Number.isFinite(weight)),
    `weights ${weights}`,
  );
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const wanted = weights.map((weight) => (weight / sum) * CYCLE);
  const slots = wanted.map((share) => Math.max(1, Math.floor(share)));
  const total = (): number => slots.reduce((all, count) => all + count, 0);
  /** The source whose slots are farthest from what it should have: too few (1) or too many (-1). */
  const farthest = (sign: number): number => {
    const error = slots.map((count, number) =>
      sign < 0 && count === 1 ? Number.NEGATIVE_INFINITY : sign * ((wanted[number] ?? 0) - count),
    );
    return error.indexOf(Math.max(...error));
  };
  while (total() !== CYCLE) {
    const sign = total() < CYCLE ? 1 : -1;
    const number = farthest(sign);
    slots[number] = (slots[number] ?? 0) + sign;
  }
  return slots;
}

/** The source that is farthest behind its share, after this place. */
function mostBehind(slots: readonly number[], used: readonly number[], place: number): number {
  const behind = slots.map((count, number) => {
    const done = used[number] ?? 0;
    return done === count ? Number.NEGATIVE_INFINITY : (count * (place + 1)) / CYCLE - done;
  });
  return behind.indexOf(Math.max(...behind));
}
