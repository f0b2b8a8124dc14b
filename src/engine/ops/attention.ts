import { paddedCapacity } from "../layout.ts";
import { expectSegments, expectShape, record, type State, show, type Tensor } from "../tensor.ts";

/** How the columns of a `[B, T, (H + 2 G) D]` tensor divide: H query heads, then G key heads, then G value heads. */
export interface HeadLayout {
  /** Query heads, `H`. */
  readonly heads: number;
  /** Key and value heads, `G`; each serves `H / G` query heads. @default heads */
  readonly kvHeads?: number;
}

export interface AttentionOptions {
  /** `[B, T]`: the first position that each position reads from; it does not fall along a row. @default 0 */
  readonly segments?: Tensor | undefined;
  /** Whether the gradient keeps so many weights rather than computing them again. @default up to 2^22 */
  readonly keepWeights?: (count: number) => boolean;
}

/** The keys `[B, G, D, S]` and values `[B, capacity, G D]` of all positions so far; see `paddedCapacity`. */
export interface KvCache {
  readonly keys: State;
  readonly values: State;
}

/**
 * Up to so many weights (16 MiB) are kept from the forward pass for the backward one. More are computed again, block by
 * block, as the same bits: a step then takes 1 to 3% longer and has no `[B, H, T, T]`.
 *
 * @see Dao et al. 2022. https://arxiv.org/abs/2205.14135
 */
const WEIGHTS_KEPT = 2 ** 22;

/** Columns of attention weights are padded to a multiple of this, so that rows begin on a cache line. */
const WEIGHTS_PADDING = 16;

/**
 * Multi-head attention in which position `t` reads from positions `0..t`, never ahead; or, where several texts share a row,
 * from `segments[b, t]..t`, its own text alone. Maps `qkv [B, T, (H + 2 G) D]` to `[B, T, H D]`; scores are scaled by
 * `1 / sqrt(D)`. `weights` is `[B, H, T, S]`, where `S` is `T` rounded up to a multiple of 16; column `j` of row `t` is what
 * position `t` takes from position `j`, and 0 where it does not read.
 *
 * @see Vaswani et al. 2017, §3.2. https://arxiv.org/abs/1706.03762
 * @see Ainslie et al. 2023, grouped queries. https://arxiv.org/abs/2305.13245
 */
export function causalAttention(
  qkv: Tensor,
  layout: HeadLayout,
  { segments, keepWeights = (count) => count <= WEIGHTS_KEPT }: AttentionOptions = {},
): { out: Tensor; weights: Tensor } {
  const { batch, time, heads, kvHeads, headWidth } = attentionSize(qkv, layout);
  if (segments) expectSegments(segments, [batch, time], "attention");
  const padded = Math.ceil(time / WEIGHTS_PADDING) * WEIGHTS_PADDING;
  const size = { batch, time, heads, kvHeads, headWidth, padded };
  const shapes = {
    out: [batch, time, heads * headWidth],
    weights: [batch, heads, time, padded],
    normalizers: [batch, heads, time, 2],
  };
  return record("attention", { qkv, segments }, size, shapes, ({ out }, { weights, normalizers }) => {
    const kept = keepWeights(weights.size) ? { weights } : { normalizers };
    return {
      qkv:
        out &&
        record("attentionGrad", { gradient: out, qkv, segments, ...kept }, size, { out: qkv.shape }).out,
    };
  });
}

/**
 * Attention of T new positions per row to all that `cache` holds and to themselves; the new keys and values are
 * appended at `start [B]`. The cache may have more rows than `qkv`: its first are used. It has no gradient rule.
 */
export function cachedAttention(qkv: Tensor, cache: KvCache, start: Tensor, layout: HeadLayout): Tensor {
  const size = attentionSize(qkv, layout);
  const { batch, time, heads, kvHeads, headWidth } = size;
  const [rows = 0, capacity = 0, width = 0] = cache.values.shape;
  const padded = paddedCapacity(capacity);
  expectShape(
    rows >= batch &&
      width === kvHeads * headWidth &&
      time <= capacity &&
      cache.keys.size === rows * width * padded,
    "cachedAttention",
    `${show(qkv)} does not fit the cache ${show(cache.keys)}, ${show(cache.values)}`,
  );
  const scoreWords = Math.max(time, heads / kvHeads) * padded;
  const out = [batch, time, heads * headWidth];
  return record("cachedAttention", { qkv, ...cache, start }, { ...size, capacity, scoreWords }, { out }).out;
}

/**
 * Rotary positions: turns the pair of columns `(i, i + D/2)` of each query and key head by the angle
 * `position * theta^(-2 i / D)`, so that a score depends on how far apart two positions are. Values pass unchanged.
 *
 * @see Su et al. 2021. https://arxiv.org/abs/2104.09864
 */
export function rope(qkv: Tensor, layout: HeadLayout, theta = 10_000, start?: Tensor): Tensor {
  const { batch, time, heads, kvHeads, headWidth } = attentionSize(qkv, layout);
  expectShape(headWidth % 2 === 0, "rope", `a head of ${headWidth} columns cannot be turned in pairs`);
  const size = { batch, time, width: qkv.shape[2] ?? 0, heads: heads + kvHeads, headWidth, theta };
  const turn = (x: Tensor, inverse: number): Tensor =>
    record("rope", { x, start }, { ...size, inverse }, { out: qkv.shape }, ({ out }) => ({
      x: out && turn(out, 1 - inverse),
    })).out;
  return turn(qkv, 0);
}

function attentionSize(qkv: Tensor, { heads, kvHeads = heads }: HeadLayout) {
  const [batch = 0, time = 0, width = 0] = qkv.shape;
  const headWidth = width / (heads + 2 * kvHeads);
  expectShape(
    qkv.shape.length === 3 && Number.isInteger(headWidth) && heads % kvHeads === 0,
    "attention",
    `${show(qkv)} does not divide into ${heads} query, ${kvHeads} key and ${kvHeads} value heads`,
  );
  return { batch, time, heads, kvHeads, headWidth };
}
