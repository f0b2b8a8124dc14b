import { ParrotletError } from "../base/index.ts";
import { duration, EXIT, isInteractive, print, printJson } from "./terminal.ts";

/** In a pipe, so many seconds are between two lines that say how far it is. */
const QUIET = 10;

export interface LongWorkOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** What is said where somebody ended it; nothing where it is empty. */
  readonly stopped: string;
}

/** Work that says how far it is, by a line that changes on a terminal and one now and then in a pipe, and that a person can end. */
export class LongWork {
  readonly #abort = new AbortController();
  readonly #silent: boolean;
  readonly #drawn: boolean;
  readonly #json: boolean;
  readonly #stopped: string;
  #phase = "";
  #started = 0;
  #said = 0;

  constructor({ json = false, quiet = false, stopped }: LongWorkOptions) {
    this.#silent = json || quiet;
    this.#drawn = isInteractive() && !this.#silent;
    this.#json = json;
    this.#stopped = stopped;
  }

  /** Ends the work between two steps. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** @param describe Is given the seconds since this phase began. */
  progress(phase: string, describe: (seconds: number) => string): void {
    if (this.#silent) return;
    const now = performance.now();
    if (this.#phase !== phase) [this.#phase, this.#started, this.#said] = [phase, now, now];
    const line = describe((now - this.#started) / 1000);
    if (this.#drawn) process.stdout.write(`\r\x1b[K${fitted(`  ${line}, Ctrl-C stops`)}`);
    else if (now - this.#said > 1000 * QUIET) {
      print(line);
      this.#said = now;
    }
  }

  clear(): void {
    if (this.#drawn) process.stdout.write("\r\x1b[K");
  }

  /** Does the work; when a person ended it, says what becomes of it, and gives the exit code. */
  async watch<T extends object>(work: () => Promise<T>): Promise<T | number> {
    const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
    let code: number | undefined;
    const handlers = Object.entries(codes).map(([signal, exit]) => {
      const handler = (): void => {
        // Who asks twice does not want to wait for the end of a step.
        if (code !== undefined) process.exit(exit);
        code = exit;
        this.#abort.abort();
      };
      return [signal, handler] as const;
    });
    for (const [signal, handler] of handlers) process.on(signal, handler);
    try {
      return await work();
    } catch (error) {
      if (code === undefined || error instanceof ParrotletError) throw error;
      this.clear();
      if (this.#json) printJson({ type: "note", message: this.#stopped });
      else if (this.#stopped !== "") print(this.#stopped);
      return code;
    } finally {
      this.clear();
      for (const [signal, handler] of handlers) process.off(signal, handler);
    }
  }
}

/** `, 12 s left`, once that can be told. */
export const timeLeft = (share: number, seconds: number): string =>
  share > 0 && seconds > 0.5 ? `, ${duration((seconds * (1 - share)) / share)} left` : "";

/** No line is so long that it wraps. */
const fitted = (line: string): string => line.slice(0, (process.stdout.columns || 80) - 1);
