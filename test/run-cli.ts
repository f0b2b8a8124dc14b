import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "parrotlet-"));

export interface CliResult {
  /** The exit code; null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  /** The workspace. */
  readonly home: string;
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets hold of the process while it runs, and of what it has said so far. */
  readonly started?: (child: ChildProcess, output: () => string) => void;
}

/** Runs the program as a user does, without a terminal. */
export function parrotlet(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return run([process.execPath, main, ...args], options);
}

/** Runs the program in a terminal of its own, made by util-linux's `script`. What it draws is in `out`. */
export function parrotletOnTerminal(
  args: readonly string[],
  { rows = 24, columns = 80, ...options }: CliOptions & { rows?: number; columns?: number },
): Promise<CliResult> {
  const quoted = [process.execPath, main, ...args].map((part) => `'${part}'`).join(" ");
  const command = `stty rows ${rows} cols ${columns}; ${quoted}`;
  return run(["script", "-qefc", command, "/dev/null"], options);
}

function run(command: readonly string[], options: CliOptions): Promise<CliResult> {
  const { home, cwd = home, input, env = {}, started } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: {
      ...process.env,
      FORCE_COLOR: undefined,
      NO_COLOR: undefined,
      CI: undefined,
      PARROTLET_HOME: home,
      ...env,
    },
    stdio: "pipe",
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  child.stdin.on("error", () => {});
  if (program !== "script" || input !== undefined) child.stdin.end(input ?? "");
  started?.(child, () => out);
  return new Promise((resolve, reject) =>
    child.on("error", reject).on("close", (code) => resolve({ code, out, err })),
  );
}

/** What to do once something has been said: press keys, or what a function does. */
export type Step = readonly [said: string | RegExp, act: string | ((child: ChildProcess) => unknown)];

/** Plays steps one after another, each on what was said since the one before. */
export const steps =
  (...all: readonly Step[]): NonNullable<CliOptions["started"]> =>
  (child, output) => {
    let [next, from] = [0, 0];
    const timer = setInterval(() => {
      const [said, act] = all[next] ?? [];
      if (said === undefined || act === undefined) return clearInterval(timer);
      const found =
        typeof said === "string" ? output().indexOf(said, from) : output().slice(from).search(said);
      if (found < 0) return;
      from = output().length;
      next++;
      if (typeof act === "string") child.stdin?.write(act);
      else act(child);
    }, 5);
    child.on("close", () => clearInterval(timer));
  };
