import { describe, expect, it } from "vitest";
import { Rng, threefry } from "./rng.ts";

describe("threefry", () => {
  // The known answers of the authors' Random123 library for 20 rounds.
  it.each<[key: [number, number], counter: [number, number], expected: [number, number]]>([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("key %j and counter %j give %j", (key, counter, expected) => {
    expect(threefry(...key, ...counter)).toEqual(expected);
  });
});

describe("Rng", () => {
  const draws = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.uniform());

  it("repeats itself for the same seed and stream, and differs for others", () => {
    expect(draws(new Rng(7, 1), 5)).toEqual(draws(new Rng(7, 1), 5));
    expect(draws(new Rng(7, 1), 5)).not.toEqual(draws(new Rng(7, 2), 5));
    expect(draws(new Rng(7, 1), 5)).not.toEqual(draws(new Rng(8, 1), 5));
  });

  it("draws normal numbers of mean 0 and variance 1", () => {
    const rng = new Rng(1);
    const numbers = Array.from({ length: 20_000 }, () => rng.normal());
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  it("draws every whole number below a bound about as often", () => {
    const rng = new Rng(3);
    const counts = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const drawn = rng.below(10);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("permutes", () => {
    const order = new Rng(5).permutation(100);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });
});
