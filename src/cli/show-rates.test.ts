import { describe, expect, it } from "vitest";
import { drawRates } from "./show-rates.ts";

const points = Array.from({ length: 61 }, (_, index) => {
  const rate = 10 ** (-6 + index / 10);
  const smoothed = index < 40 ? 4 - index / 20 : 2 + (index - 40) ** 2;
  return { rate, loss: smoothed, smoothed };
});

describe("a curve of rates", () => {
  it("has the loss beside it, powers of ten below, and the mark at its place", () => {
    const lines = drawRates(points, { rate: 1e-3, steepest: 1e-4, tenthOfLowest: 1e-3 }, 72);
    expect(lines).toHaveLength(13);
    expect(lines[9]).toContain("2.00 ┤");
    expect(lines[11]?.trim().split(/\s+/)).toEqual(["1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1"]);
    expect(lines[10]?.indexOf("▲")).toBe(lines[11]?.indexOf("1e-3"));
    expect(lines[12]).toContain("suggested: 0.001");
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(72);
  });

  it("needs two points, and no suggestion", () => {
    expect(drawRates(points.slice(0, 1), undefined, 80)).toEqual([]);
    expect(drawRates(points, undefined, 80)).toHaveLength(12);
  });
});
