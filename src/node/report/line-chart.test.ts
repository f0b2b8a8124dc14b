import { describe, expect, it } from "vitest";
import { lineChart } from "./line-chart.ts";

const chart = (xScale: "linear" | "log", points: [number, number][], yMax?: number): string =>
  lineChart({
    ...{ title: "t", xLabel: "x", yLabel: "y", xScale },
    series: [{ label: "a", color: "red", points }],
    ...(yMax === undefined ? {} : { yMax }),
  });
const xOf = (svg: string): number[] =>
  [...(/ d="([^"]*)"/.exec(svg)?.[1] ?? "").matchAll(/[ML]([\d.]+),/g)].map((match) => Number(match[1]));

describe("a line chart", () => {
  it("puts equal factors at equal distances on a logarithmic axis, with powers of ten below", () => {
    const svg = chart("log", [
      [1e-4, 1],
      [1e-3, 2],
      [1e-2, 1],
      [1e-1, 0],
    ]);
    const [a = 0, b = 0, c = 0, d = 0] = xOf(svg);
    expect([a, d]).toEqual([64, 696]);
    expect(c - b).toBeCloseTo(b - a, 0);
    expect(d - c).toBeCloseTo(c - b, 0);
    for (const tick of ["1e-4", "0.001", "0.01", "0.1"]) expect(svg).toContain(`>${tick}</text>`);
  });

  it("begins at 0 on a linear one", () => {
    expect(
      xOf(
        chart("linear", [
          [0, 1],
          [5, 2],
          [10, 1],
        ]),
      ),
    ).toEqual([64, 380, 696]);
  });

  it("ends what is too high at the top", () => {
    expect(
      chart(
        "linear",
        [
          [0, 1],
          [1, 1e9],
        ],
        2,
      ),
    ).toContain("696,48");
  });
});
