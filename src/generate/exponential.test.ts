import { expect, it } from "vitest";
import { exponential, LEAST_POWER } from "./exponential.ts";

it("e^x is that of Math.exp within 1e-10 of itself, and grows with x", () => {
  let before = 0;
  for (let i = 0; i <= 20_000; i++) {
    const x = LEAST_POWER * (1 - i / 20_000);
    const value = exponential(x);
    expect(Math.abs(value / Math.exp(x) - 1)).toBeLessThan(1e-10);
    expect(value).toBeGreaterThan(before);
    before = value;
  }
  expect(exponential(0)).toBe(1);
});
