import { describe, expect, it } from "vitest";
import { Input, type Parameter, type Tensor } from "../tensor.ts";
import { gelu, reluSquared, softCap, swiglu } from "./activation.ts";
import { causalAttention, rope } from "./attention.ts";
import { blend } from "./blend.ts";
import { dropout } from "./dropout.ts";
import { embed } from "./embed.ts";
import { checkGradients, ids, leaf } from "./gradients.contract.ts";
import { crossEntropy } from "./loss.ts";
import { linear, matmul } from "./matmul.ts";
import { headNorm, layerNorm, rmsNorm } from "./norm.ts";

interface Case {
  readonly leaves: readonly Parameter[];
  readonly f: () => Tensor;
  readonly inputs?: Readonly<Record<string, readonly number[]>>;
}

const [x, y] = [leaf("x", 2, 3, 8), leaf("y", 2, 3, 8)];
const [weight, bias, square] = [leaf("weight", 8, 5), leaf("bias", 5), leaf("square", 4, 8)];
const [scale, shift] = [leaf("scale", 8), leaf("shift", 8)];
const [table, positions] = [leaf("table", 5, 8), leaf("positions", 6, 8)];
const pair = leaf("pair", 2);
const qkv = leaf("qkv", 2, 5, 24);
const grouped = leaf("grouped", 2, 5, 32);
const step = new Input("step", [1], { dtype: "i32" });
const tokens = ids("ids", 2, 3);
const targets = ids("targets", 2, 3);
const start = ids("start", 2);
const starts = ids("starts", 2, 5);
const words = { ids: [0, 4, 4, 1, 0, 3] };

const cases: Readonly<Record<string, Case>> = {
  add: { leaves: [x, y], f: () => x.add(y) },
  "add to itself": { leaves: [x], f: () => x.add(x) },
  multiply: { leaves: [x, y], f: () => x.multiply(y) },
  "multiply by itself": { leaves: [x], f: () => x.multiply(x) },
  scale: { leaves: [x], f: () => x.scale(-2.5) },
  sum: { leaves: [x], f: () => x.multiply(x).sum() },
  linear: { leaves: [x, weight, bias], f: () => linear(x, weight, bias) },
  "linear without bias": { leaves: [x, weight], f: () => linear(x, weight) },
  "matmul, b transposed": { leaves: [x, square], f: () => matmul(x, square, { transposeB: true }) },
  "matmul added to a tensor": {
    leaves: [x, y, square],
    f: () => y.add(matmul(matmul(x, square, { transposeB: true }), square)),
  },
  layerNorm: { leaves: [x, scale, shift], f: () => layerNorm(x, scale, shift) },
  "layerNorm without bias": { leaves: [x, scale], f: () => layerNorm(x, scale) },
  "layerNorm beside a residual": { leaves: [x, scale, shift], f: () => x.add(layerNorm(x, scale, shift)) },
  rmsNorm: { leaves: [x, scale], f: () => rmsNorm(x, scale) },
  "rmsNorm beside a residual": { leaves: [x, scale], f: () => x.add(rmsNorm(x, scale)) },
  "gelu by tanh": { leaves: [x], f: () => gelu(x, "tanh") },
  "gelu by erf": { leaves: [x], f: () => gelu(x, "erf") },
  reluSquared: { leaves: [x], f: () => reluSquared(x) },
  softCap: { leaves: [x], f: () => softCap(x, 1.5) },
  headNorm: { leaves: [qkv], f: () => headNorm(qkv, 2, 8) },
  blend: { leaves: [x, y, pair], f: () => blend(x, y, pair) },
  "blend of some columns, twice with the same": {
    leaves: [x, y, pair],
    f: () => blend(blend(x, y, pair, [2, 5]), y, pair),
  },
  "blend with itself": { leaves: [x, pair], f: () => blend(x, x, pair) },
  swiglu: { leaves: [x], f: () => swiglu(x) },
  embed: { leaves: [table], f: () => embed(tokens, table), inputs: words },
  "embed with positions": {
    leaves: [table, positions],
    f: () => embed(tokens, table, { positions }),
    inputs: words,
  },
  "embed with positions from the start of segments": {
    leaves: [table, positions],
    f: () => embed(tokens, table, { positions, segments: ids("segments", 2, 3) }),
    inputs: { ...words, segments: [0, 0, 2, 0, 1, 1] },
  },
  "embed and a tied head": {
    leaves: [table],
    f: () => matmul(embed(tokens, table), table, { transposeB: true }),
    inputs: words,
  },
  rope: { leaves: [qkv], f: () => rope(qkv, { heads: 2 }, 100) },
  "rope from a later position": {
    leaves: [grouped],
    f: () => rope(grouped, { heads: 4, kvHeads: 2 }, 100, start),
    inputs: { start: [3, 7] },
  },
  attention: { leaves: [qkv], f: () => causalAttention(qkv, { heads: 2 }).out },
  "attention that does not keep its weights": {
    leaves: [qkv],
    f: () => causalAttention(qkv, { heads: 2 }, { keepWeights: () => false }).out,
  },
  "attention within segments": {
    leaves: [qkv],
    f: () => causalAttention(qkv, { heads: 2 }, { segments: starts }).out,
    inputs: { starts: [0, 0, 2, 2, 4, 0, 1, 1, 1, 1] },
  },
  "attention within segments that does not keep its weights": {
    leaves: [qkv],
    f: () => causalAttention(qkv, { heads: 2 }, { segments: starts, keepWeights: () => false }).out,
    inputs: { starts: [0, 0, 2, 2, 4, 0, 1, 1, 1, 1] },
  },
  "attention with grouped queries": {
    leaves: [grouped],
    f: () => causalAttention(grouped, { heads: 4, kvHeads: 2 }).out,
  },
  "cross-entropy with rows that do not count": {
    leaves: [x],
    f: () => crossEntropy(x, targets).loss,
    inputs: { targets: [0, -1, 7, 3, -100, 3] },
  },
  "cross-entropy with smoothed targets": {
    leaves: [x],
    f: () => crossEntropy(x, targets, { smoothing: 0.3 }).loss,
    inputs: { targets: [0, -1, 7, 3, -100, 3] },
  },
  dropout: { leaves: [x], f: () => dropout(x, 0.4, { seed: 7, site: 1, step }), inputs: { step: [3] } },
};

describe("gradients against finite differences", () => {
  it.each(Object.entries(cases))("%s", (_, { leaves, f, inputs }) => {
    for (const { leaf: name, relativeError } of checkGradients(leaves, f, inputs)) {
      expect(relativeError, name).toBeLessThan(1e-6);
    }
  });
});
