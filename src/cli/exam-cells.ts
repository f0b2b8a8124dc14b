import chalk from "chalk";
import stringWidth from "string-width";
import type { ExamPart } from "../data/index.ts";
import { type OverlapTally, shareRight, type Tally } from "../evaluate/index.ts";
import { table } from "./terminal.ts";

/** What a cell says of a score: its share and its counts, or, where there is no room, one of them. */
export type CellForm = "both" | "counts" | "share";

/** A score from here on is good, and from here on middling. */
const [GOOD, MIDDLING] = [0.9, 0.6];

/** A score in its color; `=N` behind it where N of its questions stand in the training text. */
export function scoreCell(tally: Tally | undefined, form: CellForm = "both", overlap?: OverlapTally): string {
  if (!tally || tally.asked === 0) return "";
  const share = shareRight(tally);
  const color = share >= GOOD ? chalk.green : share >= MIDDLING ? chalk.yellow : chalk.red;
  const seen = overlap && overlap.exact > 0 ? chalk.dim(` =${overlap.exact}`) : "";
  const counts = `${tally.right}/${tally.asked}`;
  const texts: Readonly<Record<CellForm, string>> = {
    both: `${color(shareText(share))} ${chalk.dim(counts)}`,
    counts: color(counts),
    share: color(shareText(share)),
  };
  return texts[form] + seen;
}

/** Overlap is what one expects of questions that were seen, and nowhere else. */
export function overlapCell(part: ExamPart, found: number, of: number, form: CellForm): string {
  if (of === 0) return chalk.dim("   -");
  const text = form === "share" ? shareText(found / of) : `${shareText(found / of)} ${found}/${of}`;
  return part === "seen" || found === 0 ? chalk.dim(text) : chalk.yellow(text);
}

/** ` 98%`: as wide for all, so that they stand below each other. What is not all is never 100%, and what is not nothing never 0%. */
const shareText = (share: number): string => {
  const whole = share > 0 && share < 1 ? Math.min(99, Math.max(1, Math.round(100 * share))) : 100 * share;
  return `${String(whole).padStart(3)}%`;
};

/** A table with all that cells can say where it fits, and else with less. */
export function fittingTable(
  headings: readonly string[],
  rows: (narrow: boolean) => readonly (readonly string[])[],
  width: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const wide = table(headings, rows(false), Number.POSITIVE_INFINITY);
  const fits = wide.split("\n").every((line) => stringWidth(line) <= width);
  return fits ? wide : table(headings, rows(true), width);
}
