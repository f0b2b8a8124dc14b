import { expectSegments, expectShape, record, show, type Tensor } from "../tensor.ts";

export interface EmbedOptions {
  /** `[P, C]`, learned positions. @default none */
  readonly positions?: Tensor | undefined;
  /** `[B]`: the position at which row `b` begins. @default 0 */
  readonly start?: Tensor | undefined;
  /** `[B, T]`: the first place of each token's segment, from which its position counts. @default the row's first */
  readonly segments?: Tensor | undefined;
}

/**
 * Token embeddings plus, where given, learned positions: `ids [B, T]` with `table [V, C]` and `positions [P, C]` give
 * `[B, T, C]`.
 */
export function embed(ids: Tensor, table: Tensor, options: EmbedOptions = {}): Tensor {
  const { positions, start } = options;
  const segments = positions && options.segments;
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
  if (segments) expectSegments(segments, [batch, time], "embed");
  const size = { batch, time, width };
  const inputs = { ids, table, positions, start, segments };
  return record("embed", inputs, size, { out: [batch, time, width] }, ({ out }) => {
    if (!out) return {};
    expectShape(!(positions && start), "embed", "positions that begin later have no gradient rule");
    const rows = batch * time;
    const count = positions?.shape[0] ?? 0;
    return {
      table: record("embedGrad", { ids, gradient: out }, { rows, width, vocabulary }, { out: table.shape })
        .out,
      positions:
        positions &&
        record(
          "positionsGrad",
          { gradient: out, segments },
          { ...size, positions: count },
          { out: positions.shape },
        ).out,
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

export interface BigramOptions {
  readonly history?: History | undefined;
  /** As in `EmbedOptions`: 0 stands before a segment's first token too. */
  readonly segments?: Tensor | undefined;
}

/**
 * A number below `buckets` for each token of `ids [B, T]` and the one before it; 0 stands before the first. Pairs have
 * numbers of their own where there is room for all, and share them by a hash where not.
 */
export function bigram(
  ids: Tensor,
  vocabulary: number,
  buckets: number,
  { history, segments }: BigramOptions = {},
): Tensor {
  const [batch = 0, time = 0] = ids.shape;
  const capacity = history?.tokens.shape[1] ?? 0;
  const inputs = { ids, start: history?.start, history: history?.tokens, segments };
  return record("bigram", inputs, { batch, time, capacity, vocabulary, buckets }, { out: ids.shape }).out;
}
