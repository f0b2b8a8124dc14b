import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { f16AtLeast, fromBf16, fromF16, toBf16, toF16 } from "./half-floats.ts";

/** All finite numbers of a kind, in order. */
const finite = (from: (bits: number) => number): number[] =>
  Array.from({ length: 1 << 16 }, (_, bits) => from(bits))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);

/** The nearest of a sorted list, found without any bits. */
function nearest(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  const [below = 0, above = 0] = [sorted[low], sorted[high]];
  return value - below < above - value ? below : above;
}

describe.each([
  ["f16", toF16, fromF16, 65504],
  ["bf16", toBf16, fromBf16, 1e30],
] as const)("%s", (_, to, from, most) => {
  it("gives all of its own numbers back, bit for bit", () => {
    for (let bits = 0; bits < 1 << 16; bits++) {
      const value = from(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(from(to(value)))).toBe(true);
      else expect(to(value)).toBe(bits);
    }
  });

  it("rounds to the nearest of them", () => {
    const all = finite(from);
    const rng = new Rng(1);
    for (let i = 0; i < 4000; i++) {
      const value = Math.fround(rng.normal() * 2 ** (rng.below(40) - 26));
      if (Math.abs(value) > most) continue;
      const near = nearest(all, value);
      expect(Math.abs(from(to(value)) - value)).toBe(Math.abs(near - value));
    }
  });
});

describe("f16", () => {
  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e10, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-0, 0x8000],
  ])("has %d as IEEE 754 does", (value, bits) => {
    expect(toF16(value)).toBe(bits);
  });

  it("can round up", () => {
    expect(f16AtLeast(1)).toBe(1);
    expect(f16AtLeast(1 + 1e-6)).toBe(1 + 2 ** -10);
    expect(f16AtLeast(1e-9)).toBe(2 ** -24);
    expect(f16AtLeast(1e9)).toBe(Number.POSITIVE_INFINITY);
  });
});
