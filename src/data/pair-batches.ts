import { largest, present, Rng } from "../base/index.ts";
import type { RenderedConversation } from "../text/index.ts";

/** Which tokens the model learns to predict. */
export type LossOn = "all" | "answers-only";

export interface PairBatchOptions {
  readonly batch: number;
  readonly seed: number;
  readonly lossOn: LossOn;
  /** Fills rows up; it is never a target. */
  readonly pad: number;
}

/** A stream of random numbers apart from those of weights and sampling. */
const ORDER = 0x0d;

/**
 * Rows of conversations in batches, shuffled anew each epoch. What a step gets depends on the seed and the step alone, so
 * that a resumed run goes on with the rows that an uninterrupted one would have taken.
 */
export class PairBatches {
  /** Tokens of a row: what the longest conversation needs. */
  readonly time: number;
  readonly batch: number;
  readonly #ids: readonly Int32Array[];
  readonly #targets: readonly Int32Array[];
  readonly #seed: number;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array();

  constructor(rows: readonly RenderedConversation[], { batch, seed, lossOn, pad }: PairBatchOptions) {
    this.batch = batch;
    this.#seed = seed;
    this.time = largest(rows.map(({ ids }) => ids.length)) - 1;
    const places = Array.from({ length: this.time }, (_, t) => t);
    this.#ids = rows.map(({ ids }) =>
      Int32Array.from(places, (t) => (t < ids.length - 1 ? (ids[t] ?? pad) : pad)),
    );
    this.#targets = rows.map(({ ids, answerFrom }) =>
      Int32Array.from(places, (t) => (lossOn === "all" || t + 1 >= answerFrom ? (ids[t + 1] ?? -1) : -1)),
    );
  }

  /** Writes the ids and targets of a step, counted from 1, from element `at` on: `[batch, time]` each. */
  fill(step: number, ids: Int32Array, targets: Int32Array, at: number): void {
    for (let row = 0; row < this.batch; row++) {
      const index = this.#rowAt((step - 1) * this.batch + row);
      ids.set(present(this.#ids[index], "a row"), at + row * this.time);
      targets.set(present(this.#targets[index], "a row"), at + row * this.time);
    }
  }

  /** Every row once, in order, `[batch, time]` at a time; the last block is filled up with rows that do not count. */
  blocks(): { ids: Int32Array; targets: Int32Array; counted: number }[] {
    const size = this.batch * this.time;
    return Array.from({ length: Math.ceil(this.#ids.length / this.batch) }, (_, block) => {
      const [ids, targets] = [new Int32Array(size), new Int32Array(size).fill(-1)];
      for (let row = 0; row < this.batch; row++) {
        const index = block * this.batch + row;
        ids.set(this.#ids[index] ?? [], row * this.time);
        targets.set(this.#targets[index] ?? [], row * this.time);
      }
      return { ids, targets, counted: targets.filter((target) => target >= 0).length };
    });
  }

  #rowAt(place: number): number {
    const epoch = Math.floor(place / this.#ids.length);
    if (epoch !== this.#epoch) {
      this.#order = new Rng(this.#seed, ORDER + epoch * 256).permutation(this.#ids.length);
      this.#epoch = epoch;
    }
    return this.#order[place % this.#ids.length] ?? 0;
  }
}
