import type { RowsInOrder } from "./rows.ts";

/** Rows to measure a model with, `[batch, time]`. */
export interface EvaluationBlock {
  readonly ids: Int32Array;
  readonly targets: Int32Array;
  readonly segments: Int32Array;
  /** Targets that count. */
  readonly counted: number;
  /** UTF-8 bytes that those stand for: bits per byte are `loss * counted / (bytes * ln 2)`. */
  readonly bytes: number;
}

export interface EvaluationOptions {
  readonly batch: number;
  /** UTF-8 bytes of a token; 0 of a special one. */
  readonly bytesOfToken: (id: number) => number;
  /** Of more tokens than this, only so many rows are taken, evenly from the first to the last. @default all */
  readonly mostTokens?: number | undefined;
}

/** Rows in their order, a block at a time; the last block is filled up with rows that do not count. */
export function* evaluationBlocks(
  source: RowsInOrder,
  { batch, bytesOfToken, mostTokens = Number.POSITIVE_INFINITY }: EvaluationOptions,
): Generator<EvaluationBlock, void> {
  const { time, rowsInOrder } = source;
  const rows = Math.min(rowsInOrder, Math.max(1, Math.floor(mostTokens / time)));
  for (let first = 0; first < rows; first += batch) {
    const size = batch * time;
    const ids = new Int32Array(size);
    const targets = new Int32Array(size).fill(-1);
    const segments = new Int32Array(size);
    for (let row = first; row < Math.min(rows, first + batch); row++) {
      const chosen = Math.floor((row * rowsInOrder) / rows);
      source.fillInOrder(chosen, { ids, targets, segments }, (row - first) * time);
    }
    let [counted, bytes] = [0, 0];
    for (const target of targets) {
      if (target < 0) continue;
      counted++;
      bytes += bytesOfToken(target);
    }
    yield { ids, targets, segments, counted, bytes };
  }
}
