import type { Kernel } from "../kernels/kernel.ts";
import { paddedCapacity } from "../layout.ts";
import type { Shape } from "../tensor.ts";
import { drawSegments } from "./segments.contract.ts";

/** One call of a kernel: the shapes of its tensors, its numbers, and what its whole-number inputs hold. */
export interface Call {
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: Readonly<Record<string, Shape>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
}

export type Draw = (...choices: number[]) => number;

export const EXTENTS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 65] as const;

/** A random call of each kernel: odd sizes, size 1, and tails of every vector width. */
export const calls: Readonly<
  Record<Kernel, (draw: Draw, list: (count: number, below: number) => number[]) => Call>
> = {
  fetch: (draw) => vectors(draw, ["queue"], ["out"]),
  store: (draw) => vectors(draw, ["x", "queue"], []),
  copy: (draw) => vectors(draw, ["x"], ["out"]),
  fill: (draw) => vectors(draw, [], ["out"], { value: -1.5 }),
  expand: (draw) => {
    const call = vectors(draw, [], ["out"]);
    return { ...call, inputs: { x: [1] } };
  },
  add: (draw) => vectors(draw, ["x", "y"], ["out"]),
  multiply: (draw) => vectors(draw, ["x", "y"], ["out"]),
  scale: (draw) => vectors(draw, ["x"], ["out"], { factor: 0.3 }),
  sum: (draw) => ({ ...vectors(draw, ["x"], []), outputs: { out: [1] } }),
  norm: (draw) => ({ ...vectors(draw, ["x"], []), outputs: { out: [1] } }),
  sumRows: (draw) => {
    const [rows, columns] = [draw(), draw()];
    return { inputs: { x: [rows, columns] }, outputs: { out: [columns] }, numbers: { rows, columns } };
  },
  matmul: (draw) => {
    const [rows, columns, depth] = [draw(...EXTENTS, 200), draw(...EXTENTS, 300), draw(...EXTENTS, 70, 300)];
    const [transposeA, transposeB] = [draw(0, 1), draw(0, 1)];
    return {
      inputs: {
        a: [rows, depth],
        b: [depth, columns],
        ...(draw(0, 1) ? { bias: [columns] } : {}),
        ...(draw(0, 1) ? { addend: [rows, columns] } : {}),
      },
      outputs: { out: [rows, columns] },
      numbers: { rows, columns, depth, transposeA, transposeB, bf16: draw(0, 1) },
    };
  },
  embed: (draw, list) => {
    const [batch, time, width] = [draw(1, 2, 3), draw(), draw()];
    const start = draw(0, 1) ? { start: list(batch, 4) } : {};
    const { inputs, integers } = drawSegments(draw, list, batch, time);
    const places = { ...(start.start ? { start: [batch] } : {}), ...inputs };
    return {
      inputs: {
        ids: [batch, time],
        table: [7, width],
        ...(draw(0, 1) ? { positions: [time + 4, width], ...places } : {}),
      },
      outputs: { out: [batch, time, width] },
      numbers: { batch, time, width },
      integers: { ids: list(batch * time, 7), ...start, ...integers },
    };
  },
  embedGrad: (draw, list) => {
    const [rows, width] = [draw(), draw()];
    return {
      inputs: { ids: [rows], gradient: [rows, width], ...(draw(0, 1) ? { addend: [7, width] } : {}) },
      outputs: { out: [7, width] },
      numbers: { rows, width, vocabulary: 7 },
      integers: { ids: list(rows, 7) },
    };
  },
  positionsGrad: (draw, list) => {
    const [batch, time, width, more] = [draw(1, 2, 3), draw(), draw(), draw(0, 1, 5)];
    const { inputs, integers } = drawSegments(draw, list, batch, time);
    return {
      inputs: { gradient: [batch, time, width], ...inputs },
      outputs: { out: [time + more, width] },
      numbers: { batch, time, width, positions: time + more },
      integers,
    };
  },
  layerNorm: (draw) => {
    const [rows, width] = [draw(), draw(...EXTENTS.slice(1))];
    return {
      inputs: { x: [rows, width], weight: [width], ...(draw(0, 1) ? { bias: [width] } : {}) },
      outputs: { out: [rows, width], mean: [rows], rstd: [rows] },
      numbers: { rows, width, epsilon: 1e-5 },
    };
  },
  layerNormGrad: (draw) => normGrad(draw, ["mean", "rstd"], ["dweight", "dbias"]),
  rmsNorm: (draw) => {
    const [rows, width] = [draw(), draw()];
    return {
      inputs: { x: [rows, width], weight: [width] },
      outputs: { out: [rows, width], rstd: [rows] },
      numbers: { rows, width, epsilon: 1e-5 },
    };
  },
  rmsNormGrad: (draw) => normGrad(draw, ["rstd"], ["dweight"]),
  activate: (draw) => vectors(draw, ["x"], ["out", "slope"], { kind: draw(0, 1, 2, 3), cap: draw(1, 15) }),
  headNorm: (draw) => {
    const { numbers, x, rstd } = headsShapes(draw);
    return { inputs: { x }, outputs: { out: x, rstd }, numbers: { ...numbers, epsilon: 1e-5 } };
  },
  headNormGrad: (draw) => {
    const { numbers, x, rstd } = headsShapes(draw);
    return { inputs: { gradient: x, x, rstd }, outputs: { out: x }, numbers };
  },
  blend: (draw) => {
    const { numbers, x } = columnsShapes(draw);
    return { inputs: { x, y: x, weights: [2] }, outputs: { out: x }, numbers };
  },
  blendGrad: (draw) => {
    const { numbers, x } = columnsShapes(draw);
    return {
      inputs: { gradient: x, x, y: x, weights: [2], ...(draw(0, 1) ? { addend: x } : {}) },
      outputs: { dx: x, dy: x, dweights: [2] },
      numbers,
    };
  },
  bigram: (draw, list) => {
    const [batch, time, capacity] = [draw(1, 2, 3), draw(), 80];
    const start = draw(0, 1) ? list(batch, capacity - time) : undefined;
    const segments = drawSegments(draw, list, batch, time);
    return {
      inputs: {
        ids: [batch, time],
        ...(start ? { start: [batch], history: [batch, capacity] } : segments.inputs),
      },
      outputs: { out: [batch, time] },
      numbers: { batch, time, capacity, vocabulary: 7, buckets: draw(49, 23, 100) },
      integers: {
        ids: list(batch * time, 7),
        ...(start ? { start, history: list(batch * capacity, 7) } : segments.integers),
      },
    };
  },
  swiglu: (draw) => {
    const [rows, width] = [draw(), draw()];
    return { inputs: { x: [rows, 2 * width] }, outputs: { out: [rows, width] }, numbers: { rows, width } };
  },
  swigluGrad: (draw) => {
    const [rows, width] = [draw(), draw()];
    const both = [rows, 2 * width];
    return { inputs: { gradient: [rows, width], x: both }, outputs: { out: both }, numbers: { rows, width } };
  },
  rope: (draw, list) => {
    const [batch, time, headWidth] = [draw(1, 2), draw(), 2 * draw(1, 2, 3, 4, 8, 9, 16)];
    const [heads, rest] = [draw(1, 3), draw(0, 1)];
    const width = (heads + rest) * headWidth;
    const start = draw(0, 1) ? list(batch, 900) : undefined;
    return {
      inputs: { x: [batch, time, width], ...(start ? { start: [batch] } : {}) },
      outputs: { out: [batch, time, width] },
      numbers: { batch, time, width, heads, headWidth, inverse: draw(0, 1), theta: 10_000 },
      ...(start ? { integers: { start } } : {}),
    };
  },
  attention: (draw, list) => {
    const { numbers, qkv, result, weights, normalizers } = attentionShapes(draw);
    const { inputs, integers } = drawSegments(draw, list, numbers.batch, numbers.time);
    const asked = draw(0, 1) ? { weights, normalizers } : { normalizers };
    return { inputs: { qkv, ...inputs }, outputs: { out: result, ...asked }, numbers, integers };
  },
  attentionGrad: (draw, list) => {
    const { numbers, qkv, result, weights, normalizers } = attentionShapes(draw);
    const { inputs, integers } = drawSegments(draw, list, numbers.batch, numbers.time);
    const kept = draw(0, 1) ? { weights } : { normalizers };
    const given = { gradient: result, qkv, ...inputs, ...kept };
    return { inputs: given, outputs: { out: qkv }, numbers, integers };
  },
  cachedAttention: (draw, list) => {
    const { numbers, qkv, result } = attentionShapes(draw);
    const { batch, time, heads, kvHeads, headWidth } = numbers;
    const capacity = time + draw(0, 3, 20);
    const padded = paddedCapacity(capacity);
    const keys = [batch, kvHeads, headWidth, padded];
    return {
      inputs: { qkv, keys, values: [batch, capacity, kvHeads * headWidth], start: [batch] },
      outputs: { out: result },
      numbers: {
        ...{ batch, time, heads, kvHeads, headWidth, capacity },
        scoreWords: Math.max(time, heads / kvHeads) * padded,
      },
      integers: { start: list(batch, capacity - time + 1) },
    };
  },
  crossEntropy: (draw, list) => {
    const [rows, vocabulary] = [draw(), draw()];
    return {
      inputs: { logits: [rows, vocabulary], targets: [rows] },
      outputs: { loss: [1], losses: [rows], probabilities: [rows, vocabulary] },
      numbers: { rows, vocabulary, smoothing: draw(0, 0.1) },
      integers: { targets: list(rows, vocabulary + 1).map((target) => target - 1) },
    };
  },
  crossEntropyGrad: (draw, list) => {
    const [rows, vocabulary] = [draw(), draw()];
    return {
      inputs: { probabilities: [rows, vocabulary], targets: [rows], gradient: [1] },
      outputs: { out: [rows, vocabulary] },
      numbers: { rows, vocabulary, smoothing: draw(0, 0.1) },
      integers: { targets: list(rows, vocabulary + 1).map((target) => target - 1) },
    };
  },
  dropout: (draw, list) => ({
    ...vectors(draw, ["x"], ["out"], { seed: draw(1, -7), site: draw(0, 9), keep: draw(0.1, 0.5, 0.9) }),
    integers: { step: list(1, 1000) },
  }),
  muon: (draw) => {
    const [rows, from, width] = [draw(...EXTENTS, 100), draw(0, 1, 16), draw(...EXTENTS, 100)];
    const columns = from + width + draw(0, 3, 16);
    const roomWords = rows * width + 4 * Math.min(rows, width) ** 2;
    const part = { rows, columns, from, width, turn: draw(0, 1, 2, 3), roomWords };
    const update = {
      momentum: 0.9,
      factor: 1.5,
      decay: 0.1,
      rateScale: 2,
      maxNorm: 1,
      maxValue: draw(0, 0.5),
    };
    const matrices = { parameter: [rows, columns], gradient: [rows, columns], velocity: [rows, columns] };
    return {
      inputs: { ...matrices, rate: [1], ...(draw(0, 1) ? { norm: [1] } : {}) },
      outputs: {},
      numbers: { ...part, ...update },
    };
  },
  average: (draw, list) => {
    const call = vectors(draw, ["parameter", "average"], [], { decay: draw(0.5, 0.99) });
    return { ...call, inputs: { ...call.inputs, step: [1] }, integers: { step: list(1, 1000) } };
  },
  sgd: (draw) => {
    const numbers = { momentum: 0.9, decay: 0.1, rateScale: 2, maxNorm: 1, maxValue: draw(0, 0.5) };
    const inputs = ["parameter", "gradient", ...(draw(0, 1) ? ["velocity"] : [])];
    const call = vectors(draw, inputs, [], numbers);
    return { ...call, inputs: { ...call.inputs, rate: [1], ...(draw(0, 1) ? { norm: [1] } : {}) } };
  },
  adam: (draw, list) => {
    const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1, rateScale: 2 };
    const numbers = { ...moments, maxNorm: 1, maxValue: draw(0, 0.5), decoupled: draw(0, 1) };
    const call = vectors(draw, ["parameter", "gradient", "mean", "variance"], [], numbers);
    const scalars = { rate: [1], step: [1], ...(draw(0, 1) ? { norm: [1] } : {}) };
    return {
      ...call,
      inputs: { ...call.inputs, ...scalars },
      integers: { step: list(1, 1000).map((n) => n + 1) },
    };
  },
};

function vectors(
  draw: Draw,
  inputs: string[],
  outputs: string[],
  numbers: Record<string, number> = {},
): Call {
  const count = draw(...EXTENTS, 100, 5000);
  const all = (names: string[]) => Object.fromEntries(names.map((name) => [name, [count]]));
  return {
    inputs: { ...all(inputs), ...("seed" in numbers ? { step: [1] } : {}) },
    outputs: all(outputs),
    numbers: { count, ...numbers },
  };
}

function normGrad(draw: Draw, stats: readonly string[], gradients: readonly string[]): Call {
  const [rows, width] = [draw(), draw()];
  const addend = draw(0, 1) ? { addend: [rows, width] } : {};
  return {
    inputs: {
      gradient: [rows, width],
      x: [rows, width],
      weight: [width],
      ...Object.fromEntries(stats.map((name) => [name, [rows]])),
      ...addend,
    },
    outputs: { dx: [rows, width], ...Object.fromEntries(gradients.map((name) => [name, [width]])) },
    numbers: { rows, width },
  };
}

function headsShapes(draw: Draw) {
  const [rows, heads, headWidth] = [draw(), draw(1, 2, 3), draw(1, 2, 3, 4, 8, 12, 16, 17)];
  const width = heads * headWidth + draw(0, 1, 16);
  return { numbers: { rows, width, heads, headWidth }, x: [rows, width], rstd: [rows, heads] };
}

function columnsShapes(draw: Draw) {
  const [rows, from, width, rest] = [draw(), draw(0, 1, 16), draw(), draw(0, 3, 16)];
  const all = from + width + rest;
  return { numbers: { rows, width: all, from, to: from + width }, x: [rows, all] };
}

function attentionShapes(draw: Draw) {
  const [batch, time, kvHeads] = [draw(1, 2), draw(...EXTENTS, 70, 130), draw(1, 2)];
  const [heads, headWidth] = [kvHeads * draw(1, 3), draw(1, 2, 3, 4, 8, 12, 16, 17)];
  const padded = Math.ceil(time / 16) * 16;
  return {
    numbers: { batch, time, heads, kvHeads, headWidth, padded },
    qkv: [batch, time, (heads + 2 * kvHeads) * headWidth],
    result: [batch, time, heads * headWidth],
    weights: [batch, heads, time, padded],
    normalizers: [batch, heads, time, 2],
  };
}
