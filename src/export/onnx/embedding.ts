import type { ModelConfig } from "../../model/index.ts";
import type { Graph, Value } from "./graph.ts";

/** `2 ** 32`: the numbers of a hash stay below it. */
const WORD = 2 ** 32;
const HALF_WORD = 2 ** 16;
/** As `kernels/` has them. */
const [OF_BEFORE, OF_TOKEN, LAST] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;

export interface Tokens {
  /** `[B, T]`. */
  readonly ids: Value;
  /** `[B, T]`. */
  readonly positions: Value;
  /** The tokens before, `[B, P]`. */
  readonly past: Value;
}

/** The row of the second embedding that each token has with the one before it, `[B, T]`; 0 stands before position 0. */
export function bigramRows(
  graph: Graph,
  { ids, positions, past }: Tokens,
  { vocabulary, bigrams }: ModelConfig,
): Value {
  const before = graph.op("Where", [
    graph.op("Greater", [positions, graph.whole(0)]),
    tokensBefore(graph, ids, past),
    graph.whole(0),
  ]);
  if (vocabulary * vocabulary <= bigrams)
    return graph.op("Add", [graph.op("Mul", [before, graph.whole(vocabulary)]), ids]);
  return graph.op("Mod", [hashed(graph, before, ids), graph.whole(bigrams)]);
}

/** `[B, T]`: all tokens but the newest, the last `T` of them. A row begins with a 0 that nobody said. */
function tokensBefore(graph: Graph, ids: Value, past: Value): Value {
  const nothing = graph.op("Mul", [
    graph.op("Slice", [ids, graph.list(0), graph.list(1), graph.list(1)]),
    graph.whole(0),
  ]);
  const all = graph.op("Concat", [nothing, past, ids], { axis: 1 });
  const time = graph.op("Shape", [ids], { start: 1, end: 2 });
  const from = graph.op("Sub", [graph.list(-1), time]);
  return graph.op("Slice", [all, from, graph.list(-1), graph.list(1)]);
}

/** The hash of `bigram` in `kernels/`, whose 32-bit products are here taken in 64 bits. */
function hashed(graph: Graph, before: Value, token: Value): Value {
  const mixed = graph.op("BitwiseXor", [product(graph, before, OF_BEFORE), product(graph, token, OF_TOKEN)]);
  const shifted = graph.op("Div", [mixed, graph.whole(2 ** 15)]);
  const folded = graph.op("BitwiseXor", [mixed, shifted]);
  // A product of two numbers of 32 bits would not fit, so the upper half of one of them goes alone.
  const upper = graph.op("Div", [folded, graph.whole(HALF_WORD)]);
  const lower = graph.op("Mod", [folded, graph.whole(HALF_WORD)]);
  const fromUpper = graph.op("Mod", [graph.op("Mul", [upper, graph.whole(LAST)]), graph.whole(HALF_WORD)]);
  const sum = graph.op("Add", [
    graph.op("Mul", [fromUpper, graph.whole(HALF_WORD)]),
    graph.op("Mul", [lower, graph.whole(LAST)]),
  ]);
  return graph.op("Mod", [sum, graph.whole(WORD)]);
}

/** `x * factor`, its lower 32 bits, where `x` is a token: below 2^31. */
const product = (graph: Graph, x: Value, factor: number): Value =>
  graph.op("Mod", [graph.op("Mul", [x, graph.whole(factor)]), graph.whole(WORD)]);
