import { expect, it } from "vitest";
import { exponential } from "./exponential.ts";

it("is e to the power of numbers that are not above 0", () => {
  let worst = 0;
  for (let x = -43; x <= 0; x += 0.0007) worst = Math.max(worst, Math.abs(exponential(x) / Math.exp(x) - 1));
  expect(worst).toBeLessThan(2e-12);
  expect(worst).toBeGreaterThan(1e-16); // it is another way to compute it
  expect(exponential(0)).toBe(1);
  expect(exponential(-1e-300)).toBeCloseTo(1, 11);
});
