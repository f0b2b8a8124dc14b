import { count, counted, duration, EXIT, isInteractive, print } from "./terminal.ts";

/** In a pipe, so many seconds are between two lines that say how far it is. */
const QUIET = 10;

/** What is said while an exam goes on. */
export interface ExamProgress {
  /** @param what "asking pip@2000" @param unit What is counted, if not shares alone. */
  progress(what: string, done: number, of: number, unit?: string): void;
  clear(): void;
  /** Ends the work between two batches. */
  readonly signal: AbortSignal;
  /** Does the work; when a person ended it, says so, and gives the exit code. */
  watch<T extends object>(work: () => Promise<T>): Promise<T | number>;
}

/** Says how far an exam is: a line that changes on a terminal, and one now and then in a pipe. */
export function showExamProgress({
  json = false,
  quiet = false,
}: {
  json?: boolean;
  quiet?: boolean;
}): ExamProgress {
  const drawn = isInteractive() && !json && !quiet;
  const abort = new AbortController();
  const clear = (): void => void (drawn && process.stdout.write("\r\x1b[K"));
  let [phase, started, said] = ["", 0, 0];
  const progress: ExamProgress["progress"] = (what, done, of, unit) => {
    if (json || quiet) return;
    const now = performance.now();
    if (phase !== what) [phase, started, said] = [what, now, now];
    const line = describe(what, { done, of, unit, seconds: (now - started) / 1000 });
    if (drawn) process.stdout.write(`\r\x1b[K${fitted(`  ${line}, Ctrl-C stops`)}`);
    else if (now - said > 1000 * QUIET) {
      print(line);
      said = now;
    }
  };
  return { progress, clear, signal: abort.signal, watch: (work) => watched(work, abort, clear, json) };
}

async function watched<T extends object>(
  work: () => Promise<T>,
  abort: AbortController,
  clear: () => void,
  json: boolean,
): Promise<T | number> {
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
  let code: number | undefined;
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = (): void => {
      // Who asks twice does not want to wait for the end of a batch.
      if (code !== undefined) process.exit(exit);
      code = exit;
      abort.abort();
    };
    return [signal, handler] as const;
  });
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await work();
  } catch (error) {
    if (code === undefined || error !== abort.signal.reason) throw error;
    clear();
    if (!json) print("Stopped before all was asked: an exam counts as a whole, so nothing is kept of it.");
    return code;
  } finally {
    clear();
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
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
  const left = share > 0 && seconds > 0.5 ? `, ${duration((seconds * (1 - share)) / share)} left` : "";
  const far = unit === undefined ? `${Math.round(100 * share)}%` : `${count(done)} of ${counted(of, unit)}`;
  return `${what}: ${far}${left}`;
}

/** No line is so long that it wraps. */
const fitted = (line: string): string => line.slice(0, (process.stdout.columns || 80) - 1);
