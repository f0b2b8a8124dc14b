import { ParrotletError } from "../../base/index.ts";
import type { Checkpoint } from "../../checkpoint/index.ts";
import type { ModelConfig } from "../../model/index.ts";
import { attention, blend, type KeysAndValues, type Shared, seenPositions, turns } from "./attention.ts";
import { bigramRows, type Tokens } from "./embedding.ts";
import { type Extent, Graph, TYPES, type Value } from "./graph.ts";
import { activation, linear, norm } from "./parts.ts";
import { weightsOf } from "./weights.ts";

export interface OnnxOptions {
  /** How weights are written; what is computed, and what goes in and out, is f32. @default "f32" */
  readonly type?: "f32" | "f16" | undefined;
}

/** A protocol buffer's largest size, in bytes. */
const MOST = 2 ** 31 - 1;

/**
 * A model as an ONNX file with a KV cache, in the layout that transformers.js and optimum have for models that go on with text:
 *
 * - in: `input_ids`, `position_ids [B, T]`, `attention_mask [B, P + T]`, i64; for each layer `past_key_values.N.key` and `.value`,
 *   `[B, G, P, D]`, f32;
 * - out: `logits [B, T, V]`, and for each layer `present.N.key` and `.value`, `[B, G, P + T, D]`, f32.
 *
 * Rows of different length are filled up at the left, where the mask is 0. A model that sees pairs of tokens has one layer more in
 * its cache, behind the others, which holds the tokens: a cache holds nothing else of what was read.
 *
 * @throws {ParrotletError} `onnx-too-large`; `weights-too-large` where F16 has no such number.
 */
export function encodeOnnx(
  checkpoint: Pick<Checkpoint, "model" | "weights">,
  options: OnnxOptions = {},
): Uint8Array {
  const { model } = checkpoint;
  const { type = "f32" } = options;
  const bytes = model.parameters.reduce((sum, { size }) => sum + size, 0) * (type === "f16" ? 2 : 4);
  // The graph itself takes about 20 kB a layer.
  if (bytes + (model.config.layers + 1) * 100_000 > MOST) {
    const message =
      `The model's weights are ${(bytes / 2 ** 30).toFixed(1)} GiB, but an ONNX file holds less than 2 GiB. ` +
      "Export it as gguf or hf, or with weights of f16 where that is enough.";
    throw new ParrotletError("onnx-too-large", message);
  }
  const graph = new Graph();
  buildDecoder(graph, checkpoint, type);
  return graph.encode(model.config.preset);
}

/** The layers that a cache has: one for each of the model's, and one for tokens where it sees pairs of them. */
export const cachedLayers = ({ layers, bigrams }: ModelConfig): number => layers + (bigrams > 0 ? 1 : 0);

function buildDecoder(
  graph: Graph,
  { model, weights }: Pick<Checkpoint, "model" | "weights">,
  type: "f32" | "f16",
): void {
  const { config } = model;
  const { layers, kvHeads, width, heads, vocabulary, positions: kind, logitCap } = config;
  const [B, T, P, S] = ["batch_size", "sequence_length", "past_sequence_length", "total_sequence_length"];
  const ids = graph.input("input_ids", "i64", [B, T]);
  const mask = graph.input("attention_mask", "i64", [B, S]);
  const positions = graph.input("position_ids", "i64", [B, T]);
  const kept = (time: Extent): Extent[] => [B, kvHeads, time, width / heads];
  const past = Array.from({ length: cachedLayers(config) }, (_, layer) => ({
    key: graph.input(`past_key_values.${layer}.key`, "f32", kept(P)),
    value: graph.input(`past_key_values.${layer}.value`, "f32", kept(P)),
  }));
  const { needed, maybe, turnedHead } = weightsOf(graph, model, weights, type);
  const keep = (layer: number, { key, value }: KeysAndValues): void => {
    graph.output(`present.${layer}.key`, key, "f32", kept(S));
    graph.output(`present.${layer}.value`, value, "f32", kept(S));
  };

  let x = graph.op("Gather", [needed("tokens.weight"), ids]);
  if (kind === "learned")
    x = graph.op("Add", [x, graph.op("Gather", [needed("positions.weight"), positions])]);
  if (past[layers]) {
    const said = pastTokens(graph, past[layers].key);
    const rows = bigramRows(graph, { ids, positions, past: said }, config);
    x = graph.op("Add", [x, graph.op("Gather", [needed("bigrams.weight"), rows])]);
  }
  if (config.embeddingNorm) x = norm(graph, x, "embedding.norm", config, { needed, maybe });
  const embedded = x;
  const shared: Shared = {
    config,
    needed,
    maybe,
    seen: seenPositions(graph, ids, mask),
    turn: kind === "rotary" ? turns(graph, positions, config) : undefined,
  };
  for (const [layer, before] of past.slice(0, layers).entries()) {
    const name = `layers.${layer}`;
    const shares = maybe(`${name}.shares`);
    if (shares) x = blend(graph, x, embedded, shares);
    const attended = norm(graph, x, `${name}.attention.norm`, config, shared);
    const { out, present } = attention(graph, attended, `${name}.attention`, before, shared);
    keep(layer, present);
    x = graph.op("Add", [x, out]);
    const wide = linear(
      graph,
      norm(graph, x, `${name}.mlp.norm`, config, shared),
      `${name}.mlp.up`,
      needed,
      maybe,
    );
    x = graph.op("Add", [
      x,
      linear(graph, activation(graph, wide, config), `${name}.mlp.down`, needed, maybe),
    ]);
  }
  const last = past[layers];
  if (last) keep(layers, withTokens(graph, last, ids, config));
  const logits = graph.op("MatMul", [norm(graph, x, "norm", config, shared), turnedHead()]);
  graph.output("logits", logitCap > 0 ? capped(graph, logits, logitCap) : logits, "f32", [B, T, vocabulary]);
}

/** `cap * tanh(x / cap)`. */
const capped = (graph: Graph, x: Value, cap: number): Value =>
  graph.op("Mul", [graph.op("Tanh", [graph.op("Div", [x, graph.number(cap)])]), graph.number(cap)]);

/** The tokens that a cache holds, `[B, P]`: its first number at each place. Below 2^24, f32 holds whole numbers exactly. */
function pastTokens(graph: Graph, kept: Value): Tokens["past"] {
  const first = graph.op("Slice", [kept, graph.list(0, 0), graph.list(1, 1), graph.list(1, 3)]);
  return graph.op("Cast", [graph.op("Squeeze", [first, graph.list(1, 3)])], { to: TYPES.i64 });
}

/** A cache with the tokens that came. */
function withTokens(graph: Graph, past: KeysAndValues, ids: Value, config: ModelConfig): KeysAndValues {
  const { width, heads, kvHeads } = config;
  const numbers = graph.op("Cast", [graph.op("Unsqueeze", [ids, graph.list(1, 3)])], { to: TYPES.f32 });
  const filled = graph.op("Expand", [numbers, graph.list(1, kvHeads, 1, width / heads)]);
  const kept = (before: Value): Value => graph.op("Concat", [before, filled], { axis: 2 });
  return { key: kept(past.key), value: kept(past.value) };
}
