import chalk from "chalk";
import { type RatePoint, type RateSuggestion, roundedRate } from "../train/index.ts";
import { brailleCurve } from "./dashboard/braille.ts";

const [HEIGHT, LABEL_WIDTH, WIDEST] = [10, 8, 100] as const;

/** A rate in two digits, as a person types it. */
export function rateText(rate: number): string {
  const rounded = roundedRate(rate);
  return rounded < 0.001 ? rounded.toExponential() : String(rounded);
}

/** The smoothed loss by the learning rate as lines for a terminal, with a mark below at the rate that is suggested. */
export function drawRates(
  points: readonly RatePoint[],
  suggestion: RateSuggestion | undefined,
  columns: number,
): string[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return [];
  const width = Math.max(20, Math.min(WIDEST, columns - LABEL_WIDTH - 4));
  const losses = points.map(({ smoothed }) => smoothed);
  const lowest = Math.min(...losses);
  const highest = Math.min(Math.max(...losses), first.smoothed + 0.3 * (first.smoothed - lowest) + 1e-9);
  const share = (rate: number): number => Math.log(rate / first.rate) / Math.log(last.rate / first.rate);
  const height = (loss: number): number => (loss - lowest) / Math.max(highest - lowest, 1e-9);
  const curve = brailleCurve(
    points.map(({ rate, smoothed }) => [share(rate), height(smoothed)] as const),
    width,
    HEIGHT,
  );
  const label = (row: number): string =>
    row === 0 ? highest.toFixed(2) : row === HEIGHT - 1 ? lowest.toFixed(2) : "";
  const place = (rate: number): number => Math.round(share(rate) * (width - 1));
  const below = new Array<string>(width).fill("─");
  const decades = decadesBetween(first.rate, last.rate);
  for (const rate of decades) below[place(rate)] = "┬";
  if (suggestion) below[place(suggestion.rate)] = "▲";
  const indent = " ".repeat(LABEL_WIDTH);
  return [
    ...curve.map(
      (line, row) => `${chalk.dim(`${label(row).padStart(LABEL_WIDTH - 1)} ┤`)}${chalk.cyan(line)}`,
    ),
    `${indent}${chalk.dim("└")}${below.map((sign) => (sign === "▲" ? chalk.green.bold(sign) : chalk.dim(sign))).join("")}`,
    `${indent} ${chalk.dim(labelled(decades, place, width))}`,
    ...(suggestion ? [`${indent} ${mark(suggestion, place(suggestion.rate), width)}`] : []),
  ];
}

/** The powers of ten from one rate to another. */
function decadesBetween(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(`1e${first + index}`));
}

/** Labels below their places, as many as there is room for. */
function labelled(rates: readonly number[], place: (rate: number) => number, width: number): string {
  let line = "";
  for (const rate of rates) {
    const text = rate.toExponential(0).replace("e+0", "");
    const at = Math.min(place(rate), width - text.length);
    if (line === "" || at > line.length) line = line.padEnd(at) + text;
  }
  return line;
}

function mark({ rate }: RateSuggestion, at: number, width: number): string {
  const text = `suggested: ${rateText(rate)}`;
  return " ".repeat(Math.max(0, Math.min(at, width - text.length))) + chalk.green.bold(text);
}
