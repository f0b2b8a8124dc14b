import { ParrotletError } from "../base/index.ts";
import type { PrepareProgress } from "../node/index.ts";
import { bytes, duration, EXIT, isInteractive, print, printJson } from "./terminal.ts";

/** How far some work on data is. */
type Progress = Omit<PrepareProgress, "what"> & {
  readonly what: PrepareProgress["what"] | "looking at" | "making";
};

/** What is said while data are prepared. */
export interface Preparation {
  progress(progress: Progress): void;
  notice(notice: string): void;
  /** Ends the work between two steps. */
  readonly signal: AbortSignal;
  /** Does the work; when a person ended it, says what becomes of it, and gives the exit code. */
  watch<T extends object>(work: () => Promise<T>): Promise<T | number>;
}

/** In a pipe, so many seconds are between two lines that say how far it is. */
const QUIET = 10;

/** Says how far the reading of data is: a line that changes on a terminal, and one now and then in a pipe. */
export function showPreparation({
  json = false,
  quiet = false,
  stopped = "Stopped. What is done so far is kept: the same command goes on from there.",
}: {
  json?: boolean;
  quiet?: boolean;
  /** What is said where somebody ended it; nothing where it is empty. */
  stopped?: string;
}): Preparation {
  const drawn = isInteractive() && !json && !quiet;
  const abort = new AbortController();
  const clear = (): void => void (drawn && process.stdout.write("\r\x1b[K"));
  let [phase, started, said] = ["", 0, 0];
  return {
    signal: abort.signal,
    progress: (progress) => {
      if (json || quiet) return;
      const now = performance.now();
      if (phase !== progress.what) [phase, started, said] = [progress.what, now, now];
      const line = describe(progress, (now - started) / 1000);
      if (drawn) process.stdout.write(`\r\x1b[K  ${line}, Ctrl-C stops`);
      else if (now - said > 1000 * QUIET) {
        print(line);
        said = now;
      }
    },
    notice: (notice) => {
      clear();
      if (json) printJson({ type: "note", message: notice });
      else if (!quiet) print(notice);
    },
    watch: (work) => watched(work, abort, clear, { json, stopped }),
  };
}

async function watched<T extends object>(
  work: () => Promise<T>,
  abort: AbortController,
  clear: () => void,
  { json, stopped }: { json: boolean; stopped: string },
): Promise<T | number> {
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
  let code: number | undefined;
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = (): void => {
      // Who asks twice does not want to wait for the end of a step.
      if (code !== undefined) process.exit(exit);
      code = exit;
      abort.abort();
    };
    return [signal, handler] as const;
  });
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    const done = await work();
    clear();
    return done;
  } catch (error) {
    clear();
    if (code === undefined || error instanceof ParrotletError) throw error;
    if (json) printJson({ type: "note", message: stopped });
    else if (stopped !== "") print(stopped);
    return code;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

/** `tokenizing 12.0 MiB of 40.1 MiB, 12 s left`. */
function describe({ what, source, done, bytes: all }: Progress, seconds: number): string {
  const share = all > 0 ? Math.min(1, done / all) : 1;
  const left = share > 0 && seconds > 0.5 ? `, ${duration((seconds * (1 - share)) / share)} left` : "";
  const name = what === "downloading" ? ` ${source}:` : "";
  return `${what}${name} ${bytes(Math.min(done, all))} of ${bytes(all)}${left}`;
}
