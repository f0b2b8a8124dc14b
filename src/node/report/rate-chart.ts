import { type RatePoint, type RateSuggestion, roundedRate } from "../../train/index.ts";
import { lineChart } from "./line-chart.ts";

/** The highest loss that is drawn, by that of the first step: what explodes would flatten the rest. */
const HIGHEST = 1.3;

/** The loss by the learning rate, as SVG. */
export const rateChart = (points: readonly RatePoint[], suggestion: RateSuggestion | undefined): string =>
  lineChart({
    title: "Loss by learning rate",
    xLabel: "learning rate",
    yLabel: "nats per token",
    xScale: "log",
    yMax: HIGHEST * (points[0]?.smoothed ?? 1),
    series: [
      {
        label: "each step",
        color: "#8b949e",
        points: points.map(({ rate, loss }) => [rate, loss] as const),
      },
      {
        label: "smoothed",
        color: "#2f81f7",
        points: points.map(({ rate, smoothed }) => [rate, smoothed] as const),
      },
    ],
    mark: suggestion && { x: suggestion.rate, label: `suggested: ${roundedRate(suggestion.rate)}` },
  });
