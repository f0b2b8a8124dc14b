import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import {
  compile,
  crossEntropy,
  type Executable,
  Input,
  ReferenceDevice,
  type Tensor,
} from "../engine/index.ts";
import { type ModelOptions, modelConfig } from "./config.ts";
import { Transformer } from "./transformer.ts";
import { layoutOf, Weights } from "./weights.ts";

const small = { vocabulary: 11, contextWindow: 12, width: 16, layers: 2, heads: 4, deviation: 0.5 };
const presets: Readonly<Record<string, ModelOptions>> = {
  classic: { ...small, preset: "classic" },
  "classic without biases": { ...small, preset: "classic", biases: false, tied: false, gelu: "erf" },
  llama: { ...small, preset: "llama" },
  "llama with grouped queries": { ...small, preset: "llama", kvHeads: 2 },
  modern: { ...small, preset: "modern", zeroProjections: false, valueResidual: true, residualScalars: true },
  "modern with grouped queries and shared buckets": {
    ...small,
    preset: "modern",
    zeroProjections: false,
    kvHeads: 2,
    bigrams: 50,
  },
};

/** The model as a program of `[batch, time]`, with what it is told to show besides the logits. */
function program(options: ModelOptions, batch: number, time: number) {
  const model = new Transformer(modelConfig(options));
  const device = new ReferenceDevice();
  const weights = new Weights(device, layoutOf(model)).initialize(3);
  const ids = new Input("ids", [batch, time], { dtype: "i32" });
  const targets = new Input("targets", [batch, time], { dtype: "i32" });
  const shown: Record<string, Tensor> = {};
  const logits = model.forward(ids, {
    observe: (name, tensor) => {
      shown[name] = tensor;
    },
  });
  const { loss, losses } = crossEntropy(logits, targets);
  const compiled = compile({ layout: weights.layout, outputs: { logits, loss, losses, ...shown } });
  return device.load(compiled, { parameters: weights.region });
}

function run(executable: Executable, ids: readonly number[]): Float32Array {
  executable.write("ids", ids);
  executable.run();
  return executable.read("logits");
}

const randomIds = (seed: number, count: number): number[] => {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => rng.below(small.vocabulary));
};

describe.each(Object.entries(presets))("%s", (_, options) => {
  const [batch, time, vocabulary] = [2, 9, small.vocabulary];

  it("lets no position see what comes after it", () => {
    const executable = program(options, batch, time);
    const ids = randomIds(1, batch * time);
    const before = run(executable, ids);
    for (let changed = 0; changed < time; changed++) {
      const other = ids.map((id, i) => (i % time === changed ? (id + 1) % vocabulary : id));
      const after = run(executable, other);
      const moved = Array.from({ length: time }, (__, t) =>
        [0, 1].some((b) => {
          const at = (b * time + t) * vocabulary;
          return before.subarray(at, at + vocabulary).some((value, i) => value !== after[at + i]);
        }),
      );
      expect(moved).toEqual(Array.from({ length: time }, (__, t) => t >= changed));
    }
  });

  it("knows where a token stands", () => {
    const executable = program(options, 1, time);
    const [a, b] = [
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
      [2, 1, 3, 4, 5, 6, 7, 8, 9],
    ];
    const last = (ids: readonly number[]): Float32Array => run(executable, ids).slice(-vocabulary);
    const difference = last(a ?? []).map((value, i) => Math.abs(value - (last(b ?? [])[i] ?? 0)));
    expect(Math.max(...difference)).toBeGreaterThan(1e-3);
  });

  it("shows attention weights that sum to 1 and never look ahead", () => {
    const executable = program(options, 1, time);
    run(executable, randomIds(2, time));
    const weights = executable.read("layers.1.attention.weights");
    const padded = 16;
    for (let row = 0; row < small.heads * time; row++) {
      const values = [...weights.subarray(row * padded, (row + 1) * padded)];
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      expect(values.slice((row % time) + 1).every((value) => value === 0)).toBe(true);
    }
  });

  it("has the loss that its logits say, over the positions that count", () => {
    const executable = program(options, batch, time);
    const targets = randomIds(3, batch * time).map((id, i) => (i % 4 === 1 ? -1 : id));
    executable.write("targets", targets);
    const logits = run(executable, randomIds(4, batch * time));
    const losses = targets.map((target, row) => {
      if (target < 0) return undefined;
      const scores = [...logits.subarray(row * vocabulary, (row + 1) * vocabulary)];
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      return -Math.log(Math.exp(scores[target] ?? 0) / total);
    });
    const counted = losses.filter((loss) => loss !== undefined);
    const mean = counted.reduce((sum, loss) => sum + loss, 0) / counted.length;
    expect(executable.read("loss")[0]).toBeCloseTo(mean, 5);
    for (const [row, loss] of losses.entries())
      expect(executable.read("losses")[row]).toBeCloseTo(loss ?? 0, 5);
  });
});

describe("the number of parameters", () => {
  const tinytalks = {
    vocabulary: 51,
    contextWindow: 80,
    width: 16,
    layers: 1,
    heads: 2,
    mlpWidth: 64,
    tied: false,
  };
  const count = (options: ModelOptions): number => layoutOf(new Transformer(modelConfig(options))).count;

  it("of the TinyTalks model is 6,224", () => {
    expect(count(tinytalks)).toBe(6224);
  });

  it("of GPT-2 small is 124,439,808", () => {
    const gpt2 = { vocabulary: 50_257, contextWindow: 1024, width: 768, layers: 12, heads: 12 };
    expect(count(gpt2)).toBe(124_439_808);
  });

  it("of TinyLlama 1.1B is 1,100,048,384", () => {
    const tinyLlama = {
      preset: "llama" as const,
      vocabulary: 32_000,
      contextWindow: 2048,
      width: 2048,
      layers: 22,
    };
    expect(count({ ...tinyLlama, heads: 32, kvHeads: 4, mlpWidth: 5632 })).toBe(1_100_048_384);
  });
});

describe("initial weights", () => {
  it("depend on the seed and the parameter's name alone, and have the deviation asked for", () => {
    const model = new Transformer(modelConfig({ ...small, width: 64, deviation: 0.1 }));
    const weights = (seed: number) => new Weights(new ReferenceDevice(), layoutOf(model)).initialize(seed);
    const read = (seed: number) => weights(seed).read(model.tokens);
    expect(read(1)).toEqual(read(1));
    expect(read(1)).not.toEqual(read(2));
    const values = weights(1).read(model.blocks[0]?.mlp.up.weight ?? model.tokens);
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
  });
});

describe("sizes that do not go together are refused", () => {
  it.each<[ModelOptions, RegExp]>([
    [{ ...small, width: 15 }, /width 15 cannot be shared among 4 heads. Take 1, 3, 5, 15 heads/],
    [{ ...small, layers: 0 }, /layers is 0; it must be a whole number from 1/],
    [{ ...small, preset: "llama", kvHeads: 3 }, /4 heads cannot share 3 key\/value heads. Take 1, 2, 4/],
    [{ ...small, kvHeads: 2 }, /classic has a key\/value head for each head/],
    [{ ...small, preset: "llama", biases: true }, /llama has no biases/],
    [{ ...small, preset: "llama", width: 12 }, /is odd/],
    [{ ...small, preset: "modern", bigrams: 2.5 }, /bigrams is 2.5; it must be a whole number/],
    [{ ...small, qkNorm: true }, /qkNorm of classic is false, not true. Leave it out, or take preset modern/],
    [{ ...small, preset: "llama", logitCap: 15 }, /logitCap of llama is 0, not 15/],
  ])("%j", (options, message) => {
    expect(() => modelConfig(options)).toThrow(
      expect.objectContaining({ code: "model-config", message: expect.stringMatching(message) }),
    );
  });
});
