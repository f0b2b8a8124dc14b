import { ParrotletError } from "../../base/index.ts";
import { drawAt, Permutation } from "./permutation.ts";
import type { RowSource, Rows, RowsInOrder } from "./rows.ts";
import { WINDOW_OFFSET, WINDOW_ORDER, WINDOW_START } from "./streams.ts";
import type { TextPart } from "./text-part.ts";

export interface TextWindowsOptions {
  /** Tokens of a row. */
  readonly time: number;
  readonly seed: number;
  /** `epochs`: every token once an epoch. `random`: each window from anywhere, as nanoGPT takes them. @default "epochs" */
  readonly order?: "epochs" | "random";
}

/**
 * Windows of a text: each row is `time` tokens, its targets are the tokens that follow them.
 *
 * In an epoch every token but the text's first is a target exactly once. The windows lie side by side from an offset on that
 * each epoch draws anew, as if the text's end were followed by its beginning: one row has both in two segments, and the
 * last window may be shorter.
 *
 * @throws {ParrotletError} `data-too-small` where there is nothing to predict, or, in random order, not a whole row.
 */
export class TextWindows implements RowSource, RowsInOrder {
  readonly time: number;
  readonly rows: number;
  readonly rowsInOrder: number;
  readonly #text: TextPart;
  readonly #seed: number;
  readonly #random: boolean;
  /** Tokens that can be predicted. */
  readonly #targets: number;
  readonly #window: Int32Array;
  readonly #pad: number;
  #epoch = -1;
  #order: Permutation | undefined;
  #offset = 0;

  constructor(text: TextPart, { time, seed, order = "epochs" }: TextWindowsOptions) {
    this.#random = order === "random";
    if (text.tokens < (this.#random ? time + 1 : 2)) {
      throw new ParrotletError(
        "data-too-small",
        `The text has ${text.tokens} tokens, and a row takes ${this.#random ? time + 1 : "at least 2"}. ` +
          "Add text, or make the context window smaller.",
      );
    }
    this.time = time;
    this.#text = text;
    this.#seed = seed;
    this.#targets = text.tokens - 1;
    this.rows = Math.ceil(this.#targets / time);
    this.rowsInOrder = Math.max(1, Math.floor(this.#targets / time));
    this.#window = new Int32Array(time + 1);
    this.#pad = text.lane.index.special.pad;
  }

  fillRow(place: number, into: Rows, at: number): void {
    if (this.#random) {
      const from = drawAt(this.#text.tokens - this.time, this.#seed, WINDOW_START, place);
      this.#put(from, this.time, into, at, 0);
      return;
    }
    const epoch = Math.floor(place / this.rows);
    if (epoch !== this.#epoch || !this.#order) this.#begin(epoch);
    const window = this.#order?.at(place % this.rows) ?? 0;
    const before = window * this.time;
    const count = Math.min(this.time, this.#targets - before);
    const from = (this.#offset + before) % this.#targets;
    const first = Math.min(count, this.#targets - from);
    this.#put(from, first, into, at, 0);
    if (first < count) this.#put(0, count - first, into, at, first);
    this.#fillUp(count, into, at);
  }

  /** Windows side by side from the first token on; what is left at the end, less than a row, is left out. */
  fillInOrder(row: number, into: Rows, at: number): void {
    const count = Math.min(this.time, this.#targets);
    this.#put(row * this.time, count, into, at, 0);
    this.#fillUp(count, into, at);
  }

  #begin(epoch: number): void {
    this.#epoch = epoch;
    this.#order = new Permutation(this.rows, this.#seed, WINDOW_ORDER, epoch);
    this.#offset = drawAt(this.#targets, this.#seed, WINDOW_OFFSET, epoch);
  }

  /** `count` tokens from `from` on, as a segment that begins at `place` of the row at `at`. */
  #put(from: number, count: number, { ids, targets, segments }: Rows, at: number, place: number): void {
    const window = this.#window.subarray(0, count + 1);
    this.#text.read(from, window);
    ids.set(window.subarray(0, count), at + place);
    targets.set(window.subarray(1), at + place);
    segments?.fill(place, at + place, at + place + count);
  }

  #fillUp(count: number, { ids, targets, segments }: Rows, at: number): void {
    if (count === this.time) return;
    ids.fill(this.#pad, at + count, at + this.time);
    targets.fill(-1, at + count, at + this.time);
    segments?.fill(count, at + count, at + this.time);
  }
}
