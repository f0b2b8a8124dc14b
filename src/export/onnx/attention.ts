import type { ModelConfig } from "../../model/index.ts";
import { type Graph, TYPES, type Value } from "./graph.ts";
import { linear, type Needed, unitScale, type Weight } from "./parts.ts";

/** The score of what may not be seen: its e-th power is 0, and it is no infinity, so that a row that sees nothing stays a number. */
const UNSEEN = -1e9;

/** What all layers share of one pass. */
export interface Shared {
  readonly config: ModelConfig;
  readonly needed: Needed;
  readonly maybe: Weight;
  /** `[B, 1, T, S]`: which of all `S` positions each of the new ones sees. */
  readonly seen: Value;
  /** `[B, T, 1, D / 2]` each, where queries and keys are turned. */
  readonly turn: { readonly cosine: Value; readonly sine: Value } | undefined;
  /** The first layer's values, once they are there. */
  firstValues?: Value;
}

/** Keys and values of one layer, `[B, G, .., D]`. */
export interface KeysAndValues {
  readonly key: Value;
  readonly value: Value;
}

/** `[B, 1, T, S]`: no position sees a later one, nor one that the mask leaves out. */
export function seenPositions(graph: Graph, ids: Value, mask: Value): Value {
  const total = graph.op("Shape", [mask], { start: 1, end: 2 });
  const time = graph.op("Shape", [ids], { start: 1, end: 2 });
  const one = graph.op("Squeeze", [total]);
  const columns = graph.op("Range", [graph.whole(0), one, graph.whole(1)]);
  const first = graph.op("Sub", [one, graph.op("Squeeze", [time])]);
  const rows = graph.op("Unsqueeze", [graph.op("Range", [first, one, graph.whole(1)]), graph.list(1)]);
  const causal = graph.op("LessOrEqual", [columns, rows]);
  const allowed = graph.op("Unsqueeze", [graph.op("Cast", [mask], { to: TYPES.bool }), graph.list(1, 2)]);
  return graph.op("And", [allowed, causal]);
}

/** How far each position turns each pair of numbers: by its place times `theta ** (-2 i / D)`. */
export function turns(
  graph: Graph,
  positions: Value,
  { width, heads, theta }: ModelConfig,
): { readonly cosine: Value; readonly sine: Value } {
  const headWidth = width / heads;
  const speeds = Float32Array.from({ length: headWidth / 2 }, (_, i) => theta ** ((-2 * i) / headWidth));
  const speed = graph.initializer("rope.speeds", "f32", [speeds.length], new Uint8Array(speeds.buffer));
  const places = graph.op("Cast", [graph.op("Unsqueeze", [positions, graph.list(2, 3)])], { to: TYPES.f32 });
  const angles = graph.op("Mul", [places, speed]);
  return { cosine: graph.op("Cos", [angles]), sine: graph.op("Sin", [angles]) };
}

/** What a block adds to `x [B, T, C]` by attention, and the keys and values of all positions so far. */
export function attention(
  graph: Graph,
  x: Value,
  name: string,
  past: KeysAndValues,
  shared: Shared,
): { readonly out: Value; readonly present: KeysAndValues } {
  const { config, needed, maybe, turn } = shared;
  const { width, heads, kvHeads, qkNorm, epsilon, valueResidual } = config;
  const headWidth = width / heads;
  const all = linear(graph, x, `${name}.qkv`, needed, maybe);
  const sizes = graph.list(width, kvHeads * headWidth, kvHeads * headWidth);
  const [query = "", key = "", ownValue = ""] = graph.ops("Split", [all, sizes], 3, { axis: -1 });
  shared.firstValues ??= ownValue;
  const shares = valueResidual ? maybe(`${name}.values`) : undefined;
  const value = shares ? blend(graph, ownValue, shared.firstValues, shares) : ownValue;
  const split = (part: Value, count: number): Value =>
    graph.op("Reshape", [part, graph.list(0, 0, count, headWidth)]);
  const placed = (part: Value, count: number): Value => {
    const own = split(part, count);
    const scaled = qkNorm ? unitScale(graph, own, epsilon) : own;
    return graph.op("Transpose", [turn ? turned(graph, scaled, turn) : scaled], { perm: [0, 2, 1, 3] });
  };
  const present = {
    key: graph.op("Concat", [past.key, placed(key, kvHeads)], { axis: 2 }),
    value: graph.op(
      "Concat",
      [past.value, graph.op("Transpose", [split(value, kvHeads)], { perm: [0, 2, 1, 3] })],
      { axis: 2 },
    ),
  };
  const mixed = attend(graph, placed(query, heads), present, shared);
  return { out: linear(graph, mixed, `${name}.projection`, needed, maybe), present };
}

/**
 * `query [B, H, T, D]` to `[B, T, C]`. Heads that share keys and values stand behind one another as rows of one product, so that
 * nothing is repeated.
 */
function attend(graph: Graph, query: Value, { key, value }: KeysAndValues, { config, seen }: Shared): Value {
  const { width, heads, kvHeads } = config;
  const headWidth = width / heads;
  const reshape = (x: Value, ...shape: number[]): Value =>
    kvHeads === heads ? x : graph.op("Reshape", [x, graph.list(...shape)]);
  const scaled = graph.op("Mul", [query, graph.number(1 / Math.sqrt(headWidth))]);
  const grouped = reshape(scaled, 0, kvHeads, -1, headWidth);
  const products = graph.op("MatMul", [grouped, graph.op("Transpose", [key], { perm: [0, 1, 3, 2] })]);
  const scores = graph.op("Where", [seen, reshape(products, 0, heads, -1, 0), graph.number(UNSEEN)]);
  const weights = graph.op("Softmax", [scores], { axis: -1 });
  const read = graph.op("MatMul", [reshape(weights, 0, kvHeads, -1, 0), value]);
  const apart = graph.op("Transpose", [reshape(read, 0, heads, -1, headWidth)], { perm: [0, 2, 1, 3] });
  return graph.op("Reshape", [apart, graph.list(0, 0, width)]);
}

/** Turns `x [B, T, H, D]`: the first half of a head's numbers are the first of the pairs, as in Hugging Face's Llama. */
function turned(graph: Graph, x: Value, { cosine, sine }: { cosine: Value; sine: Value }): Value {
  const [first = "", second = ""] = graph.ops("Split", [x], 2, { axis: -1, num_outputs: 2 });
  const mul = (a: Value, b: Value): Value => graph.op("Mul", [a, b]);
  const left = graph.op("Sub", [mul(first, cosine), mul(second, sine)]);
  const right = graph.op("Add", [mul(second, cosine), mul(first, sine)]);
  return graph.op("Concat", [left, right], { axis: -1 });
}

/** `shares[0] x + shares[1] y`. */
export function blend(graph: Graph, x: Value, y: Value, shares: Value): Value {
  const [own = "", other = ""] = graph.ops("Split", [shares], 2, { axis: 0, num_outputs: 2 });
  return graph.op("Add", [graph.op("Mul", [x, own]), graph.op("Mul", [y, other])]);
}
