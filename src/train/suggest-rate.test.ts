import { describe, expect, it } from "vitest";
import { type RatePoint, suggestRate } from "./suggest-rate.ts";

/** Points at rates from 1e-6 to 1 with a loss by the rate's logarithm to base 10. */
const curve = (loss: (decade: number) => number, count = 200): RatePoint[] =>
  Array.from({ length: count }, (_, index) => {
    const decade = -6 + (6 * index) / (count - 1);
    return { rate: 10 ** decade, loss: loss(decade), smoothed: loss(decade) };
  });

describe("a suggested rate", () => {
  it("is where the loss falls fastest, and a tenth of that where it is lowest", () => {
    // A fall around 1e-3, as steep as it gets there, and a rise from 1e-1 on.
    const found = suggestRate(
      curve((x) => 4 - 2 / (1 + Math.exp(-3 * (x + 3))) + Math.max(0, x + 1) ** 2 * 9),
    );
    expect(Math.log10(found?.steepest ?? 0)).toBeCloseTo(-3, 1);
    expect(Math.log10(found?.tenthOfLowest ?? 0)).toBeCloseTo(-2, 1);
  });

  it("is not misled by a steep fall after the lowest loss", () => {
    const found = suggestRate(curve((x) => (x < -2 ? -x : x < -1 ? 2 + 8 * (x + 2) : 10 - 7 * (x + 1))));
    expect(Math.log10(found?.steepest ?? 0)).toBeLessThan(-1.9);
  });

  it("is none where the loss does not fall", () => {
    expect(suggestRate(curve((x) => 4 + Math.max(0, x + 3)))).toBeUndefined();
    expect(suggestRate(curve(() => 4))).toBeUndefined();
    expect(suggestRate([])).toBeUndefined();
  });
});
