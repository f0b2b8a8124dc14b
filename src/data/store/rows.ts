/** Batches as they are filled, `[batch, time]` each. */
export interface Rows {
  readonly ids: Int32Array;
  /** The token that follows each; -1 where it does not count. */
  readonly targets: Int32Array;
  /** For each place the first one of its segment in the row: it sees, and counts its position, from there on. */
  readonly segments?: Int32Array | undefined;
}

/** Rows of tokens without end, epoch after epoch. What is at a place depends on the seed and the place alone. */
export interface RowSource {
  /** Tokens of a row. */
  readonly time: number;
  /** Rows of an epoch. */
  readonly rows: number;
  /** Writes the row of a place, counted from 0, from element `at` on. */
  fillRow(place: number, into: Rows, at: number): void;
}

/** Rows in a fixed order, each once. */
export interface RowsInOrder {
  readonly time: number;
  readonly rowsInOrder: number;
  fillInOrder(row: number, into: Rows, at: number): void;
}

/** Rows in batches, a batch a step. */
export class RowBatches {
  readonly batch: number;
  readonly time: number;
  /** Steps in which every row comes once; an epoch may begin within a step. */
  readonly epochSteps: number;
  readonly #source: RowSource;

  constructor(source: RowSource, batch: number) {
    this.batch = batch;
    this.time = source.time;
    this.epochSteps = Math.ceil(source.rows / batch);
    this.#source = source;
  }

  /** Writes the rows of a step, counted from 1, from element `at` on: `[batch, time]` each. */
  fill(step: number, ids: Int32Array, targets: Int32Array, at: number, segments?: Int32Array): void {
    const into: Rows = { ids, targets, segments };
    for (let row = 0; row < this.batch; row++) {
      this.#source.fillRow((step - 1) * this.batch + row, into, at + row * this.time);
    }
  }
}
