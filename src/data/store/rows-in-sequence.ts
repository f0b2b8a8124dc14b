import { invariant, present } from "../../base/index.ts";
import type { Rows, RowsInOrder } from "./rows.ts";

/** Rows of several sources, one source after the other. */
export class RowsInSequence implements RowsInOrder {
  readonly time: number;
  readonly rowsInOrder: number;
  readonly #sources: readonly RowsInOrder[];

  constructor(sources: readonly RowsInOrder[]) {
    this.#sources = sources;
    this.time = present(sources[0], "a source of rows").time;
    invariant(
      sources.every(({ time }) => time === this.time),
      "sources of rows of different lengths",
    );
    this.rowsInOrder = sources.reduce((sum, source) => sum + source.rowsInOrder, 0);
  }

  fillInOrder(row: number, into: Rows, at: number): void {
    let left = row;
    for (const source of this.#sources) {
      if (left < source.rowsInOrder) {
        source.fillInOrder(left, into, at);
        return;
      }
      left -= source.rowsInOrder;
    }
    invariant(false, `row ${row} of ${this.rowsInOrder}`);
  }
}
