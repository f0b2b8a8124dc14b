import { expectShape, record, show, type Tensor } from "../tensor.ts";

/**
 * Token embeddings plus, where given, learned positions: `ids [B, T]` with `table [V, C]` and `positions [P, C]` give
 * `[B, T, C]`. Row `b` begins at position `start[b]`, or at 0.
 */
export function embed(ids: Tensor, table: Tensor, positions?: Tensor, start?: Tensor): Tensor {
  const [batch = 0, time = 0, ...rest] = ids.shape;
  const [vocabulary = 0, width = 0] = table.shape;
  expectShape(
    ids.dtype === "i32" && rest.length === 0,
    "embed",
    `${show(ids)} is not [B, T] of whole numbers`,
  );
  expectShape(table.shape.length === 2, "embed", `${show(table)} is not [V, C]`);
  if (positions) {
    const [count = 0, positionWidth = 0] = positions.shape;
    expectShape(positionWidth === width, "embed", `${show(positions)} is not as wide as ${show(table)}`);
    expectShape(time <= count, "embed", `${time} tokens do not fit into ${show(positions)}`);
  }
  const size = { batch, time, width };
  return record("embed", { ids, table, positions, start }, size, { out: [batch, time, width] }, ({ out }) => {
    if (!out) return {};
    expectShape(!(positions && start), "embed", "positions that begin later have no gradient rule");
    const rows = batch * time;
    const count = positions?.shape[0] ?? 0;
    return {
      table: record("embedGrad", { ids, gradient: out }, { rows, width, vocabulary }, { out: table.shape })
        .out,
      positions:
        positions &&
        record("positionsGrad", { gradient: out }, { ...size, positions: count }, { out: positions.shape })
          .out,
    };
  }).out;
}

/** Rows of `x [.., C]` by their numbers, `rows [B, N]`, counted through all of `x`: `[B, N, C]`. It has no gradient rule. */
export function pick(x: Tensor, rows: Tensor): Tensor {
  const [batch = 0, time = 0] = rows.shape;
  const width = x.shape.at(-1) ?? 0;
  expectShape(
    rows.dtype === "i32" && rows.shape.length === 2,
    "pick",
    `${show(rows)} is not [B, N] of whole numbers`,
  );
  return record("embed", { ids: rows, table: x }, { batch, time, width }, { out: [batch, time, width] }).out;
}

/** Tokens that were fed before, for the pair at a row's beginning: `[B, capacity]` with the place where the row goes on. */
export interface History {
  readonly tokens: Tensor;
  readonly start: Tensor;
}

/**
 * A number below `buckets` for each token of `ids [B, T]` and the one before it; 0 stands before the first. Pairs have
 * numbers of their own where there is room for all, and share them by a hash where not.
 */
export function bigram(ids: Tensor, vocabulary: number, buckets: number, history?: History): Tensor {
  const [batch = 0, time = 0] = ids.shape;
  const capacity = history?.tokens.shape[1] ?? 0;
  const inputs = { ids, start: history?.start, history: history?.tokens };
  return record("bigram", inputs, { batch, time, capacity, vocabulary, buckets }, { out: ids.shape }).out;
}
