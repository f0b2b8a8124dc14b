import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { argmax, sample } from "./sampler.ts";

const probabilities = [0.5, 0.3, 0.15, 0.05];
const logits = Float32Array.from(probabilities, Math.log);

/** How often each token is drawn. */
function frequencies(config: Partial<GenerationConfig>): number[] {
  const rng = new Rng(1);
  const counts = [0, 0, 0, 0];
  const full = generationConfig({ temperature: 1, ...config });
  for (let i = 0; i < 20_000; i++) {
    const token = sample(logits, full, rng);
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / 20_000);
}

const expectNear = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [i, value] of expected.entries()) expect(Math.abs((actual[i] ?? 0) - value)).toBeLessThan(0.02);
};

describe("sample", () => {
  it("takes the likeliest at temperature 0, the first of equals", () => {
    expect(sample(logits, generationConfig({ temperature: 0 }), new Rng(1))).toBe(0);
    expect(argmax(Float32Array.of(1, 3, 3, 2))).toBe(1);
  });

  it("draws as the model believes at temperature 1", () => {
    expectNear(frequencies({}), probabilities);
  });

  it("sharpens below and flattens above", () => {
    const powered = (power: number): number[] => {
      const weights = probabilities.map((p) => p ** power);
      return weights.map((weight) => weight / weights.reduce((sum, each) => sum + each, 0));
    };
    expectNear(frequencies({ temperature: 0.5 }), powered(2));
    expectNear(frequencies({ temperature: 2 }), powered(0.5));
  });

  it("keeps the k likeliest", () => {
    expectNear(frequencies({ topK: 2 }), [0.625, 0.375, 0, 0]);
    expect(frequencies({ topK: 1 })).toEqual([1, 0, 0, 0]);
  });

  it("keeps the fewest that reach probability p", () => {
    expectNear(frequencies({ topP: 0.75 }), [0.625, 0.375, 0, 0]);
    expect(frequencies({ topP: 0 })).toEqual([1, 0, 0, 0]);
    expectNear(frequencies({ topP: 0.9 }), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]);
  });

  it("is not thrown off by enormous logits", () => {
    const huge = Float32Array.of(1e30, 0, -1e30, 1e30);
    expect([0, 3]).toContain(sample(huge, generationConfig({ temperature: 0.1 }), new Rng(1)));
  });
});

describe("a generation config out of range is refused with the field and the range", () => {
  it.each<[Partial<GenerationConfig>, RegExp]>([
    [{ temperature: -1 }, /temperature is -1; it must be a number from 0 to 100/],
    [{ topP: 1.5 }, /topP is 1.5; it must be a number from 0 to 1/],
    [{ topK: 2.5 }, /topK is 2.5; it must be a whole number/],
    [{ maxNewTokens: 0 }, /maxNewTokens is 0; it must be a whole number from 1/],
    [{ seed: Number.NaN }, /seed is NaN/],
  ])("%j", (options, message) => {
    expect(() => generationConfig(options)).toThrow(
      expect.objectContaining({ code: "generation-config", message: expect.stringMatching(message) }),
    );
  });
});
