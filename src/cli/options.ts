import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CorpusKind } from "../data/index.ts";
import { MOST_THREADS } from "../engine/index.ts";
import { checkedKind, deviceNames, FileStorage, parseSize, SIZE_RULE } from "../node/index.ts";
import { Workspace } from "../workspace/index.ts";

/** What every command takes. */
export interface CommonOptions {
  readonly workspace?: string;
  readonly device?: string;
  /** The most threads that compute. */
  readonly threads?: number;
  readonly json?: boolean;
  /** Says on stderr what is written to the log. */
  readonly verbose?: boolean;
  /** Says nothing but errors and the result. */
  readonly quiet?: boolean;
}

export const workspaceOption = (): Option =>
  new Option("-w, --workspace <folder>", "where runs are kept (default: $PARROTLET_HOME, else ~/.parrotlet)");
export const deviceOption = (): Option =>
  new Option("--device <name>", "what computes (default: the fastest that runs here)")
    .choices(deviceNames)
    .env("PARROTLET_DEVICE");
export const threadsOption = (): Option =>
  new Option(
    "--threads <n>",
    "threads that compute (default: $PARROTLET_THREADS, else one for each core)",
  ).argParser(numberIn(1, MOST_THREADS, { whole: true }));
export const jsonOption = (): Option => new Option("--json", "print JSON for machines");
export const configOption = (): Option =>
  new Option(
    "--config <file>",
    "settings (default: $PARROTLET_CONFIG, else parrotlet.yaml in the workspace)",
  );
export const verboseOption = (): Option =>
  new Option("--verbose", "say on stderr what goes on, as the log in the workspace has it");
export const quietOption = (): Option =>
  new Option("--quiet", "print errors and the result, and nothing else").conflicts("verbose");

/** The workspace's folder. */
export const workspaceRoot = ({ workspace }: CommonOptions): string =>
  workspace || process.env["PARROTLET_HOME"] || join(homedir(), ".parrotlet");

export const openWorkspace = (options: CommonOptions): Workspace =>
  new Workspace(new FileStorage(workspaceRoot(options)));

/** A parser of a number option. */
export function numberIn(least: number, most: number, { whole = false } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (
      text.trim() !== "" &&
      Number.isFinite(value) &&
      value >= least &&
      value <= most &&
      (!whole || Number.isInteger(value))
    ) {
      return value;
    }
    throw new InvalidArgumentError(
      `It must be a ${whole ? "whole " : ""}number from ${least} to ${most.toLocaleString("en-US")}.`,
    );
  };
}

export const wholeFrom = (least: number): ((text: string) => number) => numberIn(least, 1e9, { whole: true });

/** What a generator of random numbers may begin with. */
export const seedNumber = numberIn(0, 2 ** 32 - 1, { whole: true });

/** An amount of text. */
export function sizeOption(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(`It must be ${SIZE_RULE}.`);
  return bytes;
}

/** Kinds of text, one after another or with commas between. */
export const kindOption = (text: string, before: readonly CorpusKind[] = []): CorpusKind[] => {
  const problem = (why: string): Error => new InvalidArgumentError(`${why[0]?.toUpperCase()}${why.slice(1)}`);
  const kinds = text.split(",").map((name) => checkedKind(name.trim(), problem));
  return [...new Set([...before, ...kinds])];
};

/** Adds examples below a command's help. */
export const examples = (
  command: Command,
  lines: readonly (readonly [line: string, about: string])[],
): Command => {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, about]) => `  $ ${line.padEnd(width)}  ${about}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
};
