import { LongWork, timeLeft } from "./long-work.ts";
import { count, counted } from "./terminal.ts";

/** What is said while an exam goes on. */
export interface ExamProgress extends Pick<LongWork, "signal"> {
  /** @param what "asking pip@2000" @param unit What is counted, if not shares alone. */
  progress(what: string, done: number, of: number, unit?: string): void;
  /** Does the work; when a person ended it, says so, and gives the exit code. */
  watch<T extends object>(work: () => Promise<T>): Promise<T | number>;
}

/** Says how far an exam is. */
export function showExamProgress(options: {
  readonly json?: boolean;
  readonly quiet?: boolean;
}): ExamProgress {
  const stopped = "Stopped before all was asked: an exam counts as a whole, so nothing is kept of it.";
  const work = new LongWork({ ...options, stopped });
  return {
    signal: work.signal,
    progress: (what, done, of, unit) =>
      work.progress(what, (seconds) => describe(what, { done, of, unit, seconds })),
    watch: (all) => work.watch(all),
  };
}

interface Far {
  readonly done: number;
  readonly of: number;
  readonly unit: string | undefined;
  readonly seconds: number;
}

/** `asking pip@2000: 640 of 2,100 turns, 12 s left`. */
function describe(what: string, { done, of, unit, seconds }: Far): string {
  const share = of > 0 ? Math.min(1, done / of) : 1;
  const far = unit === undefined ? `${Math.round(100 * share)}%` : `${count(done)} of ${counted(of, unit)}`;
  return `${what}: ${far}${timeLeft(share, seconds)}`;
}
