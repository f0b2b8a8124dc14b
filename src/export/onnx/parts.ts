import type { ModelConfig } from "../../model/index.ts";
import type { Graph, Value } from "./graph.ts";

/** Gives a parameter of the model by its name, where the model has it. */
export type Weight = (name: string) => Value | undefined;

/** A parameter that a model of this config has. */
export type Needed = (name: string) => Value;

/** `x [.., I]` to `[.., O]`: the weight is `[I, O]`. */
export function linear(graph: Graph, x: Value, name: string, needed: Needed, maybe: Weight): Value {
  const product = graph.op("MatMul", [x, needed(`${name}.weight`)]);
  const bias = maybe(`${name}.bias`);
  return bias ? graph.op("Add", [product, bias]) : product;
}

/** Numbers brought to a mean square of 1, along the last axis. */
export function unitScale(graph: Graph, x: Value, epsilon: number): Value {
  const mean = graph.op("ReduceMean", [graph.op("Mul", [x, x]), graph.list(-1)], { keepdims: 1 });
  const root = graph.op("Sqrt", [graph.op("Add", [mean, graph.number(epsilon)])]);
  return graph.op("Div", [x, root]);
}

/** LayerNorm or RMSNorm, along the last axis. */
export function norm(
  graph: Graph,
  x: Value,
  name: string,
  config: ModelConfig,
  { needed, maybe }: { needed: Needed; maybe: Weight },
): Value {
  const weight = needed(`${name}.weight`);
  if (config.norm === "rms") return graph.op("Mul", [unitScale(graph, x, config.epsilon), weight]);
  const bias = maybe(`${name}.bias`);
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return graph.op("LayerNormalization", inputs, { axis: -1, epsilon: config.epsilon });
}

/** The middle of an MLP. Of SwiGLU, `x` holds the gate and, beside it, what it lets through. */
export function activation(graph: Graph, x: Value, config: ModelConfig): Value {
  if (config.activation === "swiglu") {
    const [gate = "", up = ""] = graph.ops("Split", [x], 2, { axis: -1, num_outputs: 2 });
    return graph.op("Mul", [graph.op("Mul", [gate, graph.op("Sigmoid", [gate])]), up]);
  }
  if (config.activation === "relu-squared") {
    const positive = graph.op("Relu", [x]);
    return graph.op("Mul", [positive, positive]);
  }
  return gelu(graph, x, config.gelu);
}

/**
 * ONNX has GELU as one operator only from version 20 on; these are the operators it stands for.
 *
 * @see Hendrycks and Gimpel 2016. https://arxiv.org/abs/1606.08415
 */
function gelu(graph: Graph, x: Value, kind: "tanh" | "erf"): Value {
  const half = graph.op("Mul", [x, graph.number(0.5)]);
  if (kind === "erf") {
    const cumulative = graph.op("Erf", [graph.op("Div", [x, graph.number(Math.SQRT2)])]);
    return graph.op("Mul", [half, graph.op("Add", [cumulative, graph.number(1)])]);
  }
  const cube = graph.op("Mul", [graph.op("Mul", [x, x]), x]);
  const inner = graph.op("Add", [x, graph.op("Mul", [cube, graph.number(0.044715)])]);
  const tanh = graph.op("Tanh", [graph.op("Mul", [inner, graph.number(Math.sqrt(2 / Math.PI))])]);
  return graph.op("Mul", [half, graph.op("Add", [tanh, graph.number(1)])]);
}
