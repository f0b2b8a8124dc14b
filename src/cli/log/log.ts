import { join } from "node:path";
import { appendToLog, type LogLevel, type LogLine } from "./log-file.ts";

export interface LogOptions {
  /** The workspace's folder: logs lie in `logs/`. */
  readonly root: string;
  readonly command: string;
  /** Shows every line, as it comes. @default nothing is shown */
  readonly show?: ((line: LogLine) => void) | undefined;
  /** Is told why, once, where the log cannot be written. */
  readonly onFailure: (message: string) => void;
}

/** Milliseconds after which lines are written: together, and not before a command has shown something. */
const WRITE_MS = 300;

/**
 * What the program does, for whoever wants to know afterwards. Lines are kept until they are written: some of them a moment
 * later, errors and all that is left at the end at once. It never fails a command.
 */
class Log {
  #options: LogOptions | undefined;
  #lines: LogLine[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** From here on, lines are kept. Without it nothing is. */
  start(options: LogOptions): void {
    this.#options = options;
    process.on("exit", () => this.write());
    process.on("warning", ({ stack, message }) => this.warning(stack ?? message));
    process.on("uncaughtExceptionMonitor", (error) => this.error(error));
  }

  debug(message: string): void {
    this.#add("debug", message);
  }

  info(message: string): void {
    this.#add("info", message);
  }

  warning(message: string): void {
    this.#add("warning", message);
  }

  /** With its stack. */
  error(error: unknown): void {
    const { stack, message } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof Error && "code" in error ? `${String(error.code)}: ` : "";
    const cause =
      error instanceof Error && error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : "";
    this.#add("error", `${code}${stack ?? message}${cause}`);
    this.write();
  }

  /** Writes what there is to write. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { root, command, onFailure } = this.#options ?? {};
    if (root === undefined || command === undefined || this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    try {
      appendToLog(lines, { folder: join(root, "logs"), command });
    } catch (error) {
      this.#options = undefined;
      onFailure?.(error instanceof Error ? error.message : String(error));
    }
  }

  #add(level: LogLevel, message: string): void {
    if (!this.#options) return;
    const line = { time: Date.now(), level, message };
    this.#options.show?.(line);
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.write(), WRITE_MS).unref();
  }
}

/** The program's log. */
export const log: Log = new Log();
export type { Log };
