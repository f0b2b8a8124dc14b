import { describe, expect, it } from "vitest";
import { divisors, largest, shortened, shown } from "./values.ts";

describe("largest", () => {
  it("takes any number of numbers", () => {
    expect(largest([3, 9, -1])).toBe(9);
    expect(largest(Array.from({ length: 300_000 }, (_, i) => i))).toBe(299_999);
    expect(largest([])).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("shown", () => {
  it("is short, whatever the value", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    for (const value of [
      "x".repeat(1e6),
      new Array(1e5).fill(7),
      deep,
      { a: deep },
      null,
      undefined,
      Number.NaN,
      12,
    ]) {
      expect(shown(value).length).toBeLessThan(80);
    }
    expect(shown("a\nb")).toBe('"a\\nb"');
    expect(shown([1, "x", [2], {}])).toBe('[1, "x", ..., ...]');
    expect(shown({})).toBe("an object");
  });

  it("cuts between characters", () => {
    expect(shortened("👋".repeat(100), 5)).toBe("👋👋👋👋…");
    expect(shortened("x".repeat(10_000_000), 5)).toBe("xxxx…");
    expect(shortened("short")).toBe("short");
  });
});

describe("divisors", () => {
  it("are all of them, in order, also of large numbers", () => {
    expect(divisors(16)).toEqual([1, 2, 4, 8, 16]);
    expect(divisors(15)).toEqual([1, 3, 5, 15]);
    expect(divisors(1)).toEqual([1]);
    expect(divisors(1e9)).toHaveLength(100);
  });
});
