import chalk from "chalk";
import stringWidth from "string-width";
import { ParrotletError } from "../base/index.ts";
import type { RunState } from "../workspace/index.ts";
import type { LogLine } from "./log/log-file.ts";

/** How a command ended, for the shell. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, hungUp: 129, terminated: 143 } as const;

/** Whether a person looks at the output and can press keys, on a terminal that can be drawn on. */
export const isInteractive = (): boolean =>
  process.stdout.isTTY === true && process.stdin.isTTY === true && process.env["TERM"] !== "dumb";

export const print = (text = ""): void => void process.stdout.write(`${text}\n`);
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** Says what went wrong on stderr: the user's mistakes in a line, ours with a stack. */
export function printError(error: unknown, json: boolean): void {
  const expected = error instanceof ParrotletError;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (json) {
    const code = expected ? error.code : "internal";
    process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
  } else if (expected) {
    process.stderr.write(
      `${chalk.red("error:")} ${message}\n${chalk.dim(`(more: parrotlet explain ${error.code})`)}\n`,
    );
  } else {
    process.stderr.write(`${chalk.red("error:")} ${stack ?? message}\n`);
  }
}

/** Something of less weight, on stderr. */
export const printNote = (message: string): void => void process.stderr.write(`${chalk.dim(message)}\n`);

/** A line of the log, on stderr. */
export function printLogLine(line: LogLine, json: boolean): void {
  const { time, level, message } = line;
  const clock = new Date(time).toISOString().slice(11, 23);
  if (json) process.stderr.write(`${JSON.stringify({ log: line })}\n`);
  else if (level !== "error") printNote(`${clock} ${level.padEnd(7)} ${message}`); // an error is printed as one
}

/** A loss or another figure that is small when all is well. */
export const figure = (value: number): string => (value < 1e6 ? value.toFixed(3) : value.toExponential(2));

export const count = (value: number): string => value.toLocaleString("en-US");

/** An amount of memory. */
export function bytes(value: number): string {
  if (value < 2 ** 20) return `${Math.ceil(value / 1024)} KiB`;
  return value < 2 ** 30 ? `${(value / 2 ** 20).toFixed(1)} MiB` : `${(value / 2 ** 30).toFixed(2)} GiB`;
}

/** A share that is more than nothing never looks like nothing. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "<0.1%";
  return `${(100 * share).toFixed(1)}%`;
}

/** `1 row`, `2 rows`. */
export const counted = (value: number, thing: string): string =>
  `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest} h` : `${minutes}:${rest} min`;
}

/** A run's status in a word. One that was killed could not say so. */
export const statusOf = (state: RunState | undefined): string =>
  !state || state.status === "training" ? "unfinished" : state.status;

/** How long ago a time was, in one unit. */
export function ago(iso: string, now: Date): string {
  const seconds = (now.getTime() - new Date(iso).getTime()) / 1000;
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const;
  for (const [unit, length] of units) {
    const whole = Math.floor(seconds / length);
    if (whole >= 1) return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

const GAP = "  ";
/** No column is cut to less. */
const NARROWEST = 8;

/**
 * A table as text: a line of headings, columns as wide as they need, on a terminal no wider than that. A row is a line,
 * whatever its texts. Columns from `rightFrom` to before `rightTo` stand at their right, as numbers do.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
  { rightFrom = Number.POSITIVE_INFINITY, rightTo = Number.POSITIVE_INFINITY } = {},
): string {
  const all = [headings, ...rows].map((row) => row.map(oneLine));
  const widths = headings.map((_, column) => Math.max(...all.map((row) => stringWidth(row[column] ?? ""))));
  const room = width - GAP.length * (widths.length - 1);
  for (;;) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST || widths.reduce((sum, each) => sum + each, 0) <= room) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const text = fitted(cell, widths[column] ?? 0);
        return column >= rightFrom && column < rightTo ? aligned(text) : text;
      })
      .join(GAP)
      .trimEnd();
  const [first = [], ...rest] = all;
  return [chalk.dim(line(first)), ...rest.map(line)].join("\n");
}

/** A text that a model made, for a terminal: what would move the cursor or change colors is shown as `\uFFFD`. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
  text.replaceAll("\r", "").replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\uFFFD");

/**
 * A text in lines that fit the terminal, each as far in as the first, which begins with `start`. Where no terminal is, one line.
 */
export function indented(
  text: string,
  start: string,
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const inside = stringWidth(start);
  const room = Math.max(NARROWEST, width - inside);
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(" ")) {
    if (line !== "" && stringWidth(line) + 1 + stringWidth(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return start + [...lines, line].join(`\n${" ".repeat(inside)}`);
}

/** A cell whose text stands at its right. */
const aligned = (cell: string): string => {
  const text = cell.trimEnd();
  return " ".repeat(cell.length - text.length) + text;
};

/** A text of several lines in one. */
export const oneLine = (text: string): string => text.replaceAll(/[\r\n\t]+/g, " ");

/** The same in a place of a known width: tabs, whose width is the terminal's, are spaces. */
export const harmless = (text: string): string => printable(text).replaceAll("\t", " ");

/** A text in so many columns: with spaces after it, or cut. Only short texts of ours have colors, and they are not cut. */
function fitted(text: string, width: number): string {
  const own = stringWidth(text);
  if (own <= width) return text + " ".repeat(width - own);
  let cut = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(cut + segment) >= width) break;
    cut += segment;
  }
  return fitted(`${cut}…`, width);
}

/** How to call the program again: as `npm start` did, where it did. */
export const parrotletCommand = (): string =>
  process.env["npm_lifecycle_event"] === "start" ? "npm start --" : "parrotlet";

const VERDICTS = {
  perfect: { mark: "✔", color: "green" },
  close: { mark: "≈", color: "yellow" },
  wrong: { mark: "✘", color: "red" },
} as const;

/** How a verdict looks: its color, and a mark for those who see no colors. */
export const verdictStyle = (verdict: keyof typeof VERDICTS): (typeof VERDICTS)[keyof typeof VERDICTS] =>
  VERDICTS[verdict];
