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
  /** Gets hold of the process while it runs. */
  readonly started?: (child: ChildProcess, output: () => string) => void;
}

/** Runs the program as a user does, without a terminal. */
export function parrotlet(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { home, cwd = home, input = "", env = {}, started } = options;
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, PARROTLET_HOME: home, ...env },
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
  child.stdin.end(input);
  started?.(child, () => out);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}
