import type { PrepareProgress } from "../node/index.ts";
import { LongWork, type LongWorkOptions, timeLeft } from "./long-work.ts";
import { bytes, print, printJson } from "./terminal.ts";

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

/** Says how far the reading of data is. */
export function showPreparation({
  json = false,
  quiet = false,
  stopped = "Stopped. What is done so far is kept: the same command goes on from there.",
}: Partial<LongWorkOptions>): Preparation {
  const work = new LongWork({ json, quiet, stopped });
  return {
    signal: work.signal,
    progress: (progress) => work.progress(progress.what, (seconds) => describe(progress, seconds)),
    notice: (notice) => {
      work.clear();
      if (json) printJson({ type: "note", message: notice });
      else if (!quiet) print(notice);
    },
    watch: (all) => work.watch(all),
  };
}

/** `tokenizing 12.0 MiB of 40.1 MiB, 12 s left`. */
function describe({ what, source, done, bytes: all }: Progress, seconds: number): string {
  const share = all > 0 ? Math.min(1, done / all) : 1;
  const name = what === "downloading" ? ` ${source}:` : "";
  return `${what}${name} ${bytes(Math.min(done, all))} of ${bytes(all)}${timeLeft(share, seconds)}`;
}
