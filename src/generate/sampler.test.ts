import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { argmax, Sampler } from "./sampler.ts";

const probabilities = [0.5, 0.3, 0.15, 0.05];
const logits = Float32Array.from(probabilities, Math.log);

/** A sampler, and what it chooses again and again from the same logits. */
function drawing(options: Partial<GenerationConfig>, from: Float32Array = logits, seed = 1) {
  const config = generationConfig({ temperature: 1, seed, ...options });
  const sampler = new Sampler(config, { vocabulary: from.length });
  return () => sampler.next(from.slice());
}

/** How often each token is drawn. */
function frequencies(config: Partial<GenerationConfig>): number[] {
  const draw = drawing(config);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) {
    const token = draw();
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / 20_000);
}

const expectNear = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [i, value] of expected.entries()) expect(Math.abs((actual[i] ?? 0) - value)).toBeLessThan(0.02);
};

describe("a sampler", () => {
  it("takes the likeliest at temperature 0, the first of equals", () => {
    expect(drawing({ temperature: 0 })()).toBe(0);
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

  it("keeps the same of a long vocabulary as sorting all of it would", () => {
    const rng = new Rng(2);
    for (const spread of [0.5, 3, 12]) {
      const many = Float32Array.from({ length: 3000 }, () => spread * (rng.uniform() + rng.uniform() - 1));
      const powers = Array.from(many, (logit) => Math.exp(logit));
      const order = [...powers.keys()].sort((a, b) => (powers[b] ?? 0) - (powers[a] ?? 0));
      for (const [topK, topP] of [
        [0, 0.3],
        [0, 0.95],
        [0, 0.9999],
        [40, 1],
        [2000, 0.9],
      ] as const) {
        const among = order.slice(0, topK || order.length);
        const enough = topP * among.reduce((sum, token) => sum + (powers[token] ?? 0), 0);
        let reached = 0;
        const kept = new Set<number>();
        for (const token of among) {
          if (reached < enough) kept.add(token);
          reached += powers[token] ?? 0;
        }
        const draw = drawing({ topK, topP }, many);
        for (let i = 0; i < 200; i++) expect(kept.has(draw())).toBe(true);
      }
    }
  });

  it("keeps the first of equals", () => {
    const equals = Float32Array.of(0, 1, 1, 1, 1);
    const drawn = new Set<number>();
    const draw = drawing({ topK: 2 }, equals);
    for (let i = 0; i < 100; i++) drawn.add(draw());
    expect([...drawn].sort()).toEqual([1, 2]);
  });

  it("is not thrown off by enormous logits", () => {
    const huge = Float32Array.of(1e30, 0, -1e30, 1e30);
    expect([0, 3]).toContain(drawing({ temperature: 0.1 }, huge)());
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
