import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as LogTapeFile from "@logtape/file";
import type * as LogTape from "@logtape/logtape";

export type LogLevel = "debug" | "info" | "warning" | "error";

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
}

export interface LogFileOptions {
  readonly folder: string;
  /** What writes; it stands in each line, with the process's number. */
  readonly command: string;
  /** Size from which on a file gets the name of an old one. @default 1 MiB */
  readonly maxSize?: number;
  /** Old files that are kept, beside the one that is written. @default 5 */
  readonly maxFiles?: number;
}

export const LOG_NAME = "parrotlet.log";

/** Found where this file is, once they are wanted: loading them takes as long as a short command. */
const require = createRequire(import.meta.url);

/**
 * Adds lines to a log that is renamed to `.1`, and that to `.2`, once it is large. The file is opened, written to in one
 * piece at its end and closed: so lines of several processes stay whole, and one that ends leaves nothing unwritten.
 *
 * @throws Where nothing can be written.
 */
export function appendToLog(lines: readonly LogLine[], options: LogFileOptions): void {
  const { folder, command, maxSize = 1 << 20, maxFiles = 5 } = options;
  const { getRotatingFileSink } = require("@logtape/file") as typeof LogTapeFile;
  mkdirSync(folder, { recursive: true });
  const write = (): void => {
    const sink = getRotatingFileSink(join(folder, LOG_NAME), {
      ...{ maxSize, maxFiles, bufferSize: Number.POSITIVE_INFINITY, flushInterval: 0 },
      formatter: ({ timestamp, level, category, message }) =>
        formatLine(
          { time: timestamp, level: level as LogLevel, message: message.join("") },
          category.join(" "),
        ),
    });
    for (const line of lines) sink(recordOf(line, command));
    sink[Symbol.dispose]();
  };
  try {
    write();
  } catch {
    write(); // another process has just renamed the file
  }
}

const recordOf = ({ time, level, message }: LogLine, command: string): LogTape.LogRecord => ({
  ...{ level, message: [message], rawMessage: message, timestamp: time, properties: {} },
  category: [command],
});

/** `2027-01-31T12:34:56.789Z INFO    train[4321]  message`; the further lines of a message are indented. */
export const formatLine = ({ time, level, message }: LogLine, command: string): string => {
  const head = `${new Date(time).toISOString()} ${level.toUpperCase().padEnd(7)} ${command}[${process.pid}]`;
  return `${head}  ${message.trimEnd().replaceAll(/\r?\n/g, "\n    ")}\n`;
};
