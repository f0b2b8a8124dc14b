import { type ByteSource, ParrotletError } from "../../base/index.ts";
import type { Item, ReadProblem } from "../item.ts";
import type { ReadOptions } from "./format.ts";
import { openReading, type Reading } from "./open-reading.ts";

/** Several files that are read one after the other. */
export interface Readings {
  /** Those that can be read, in the order of the sources. */
  readonly readings: readonly Reading[];
  /** A problem for each file of which nothing could be used, among several: those of the last reading. */
  readonly unused: readonly ReadProblem[];
  /** What is in all of them; each file begins documents of its own. @throws {ParrotletError} As `Reading.items`. */
  items(): AsyncGenerator<Item, void>;
}

/**
 * Opens files one by one, and reads them as one stream. A file alone must be readable; among several, one that is not is left out.
 *
 * @throws {ParrotletError} Those of `openReading`; `data-empty` when no file can be read.
 */
export async function readAll(sources: readonly ByteSource[], options: ReadOptions = {}): Promise<Readings> {
  const readings: Reading[] = [];
  const unused: ReadProblem[] = [];
  const orElseUnused = (file: string, error: unknown): void => {
    if (!(error instanceof ParrotletError) || sources.length === 1 || error.code === "data-format")
      throw error;
    const said = error.message;
    const message = said.startsWith(`${file} `) ? said.slice(file.length + 1) : said;
    unused.push({ file, line: 1, message });
  };
  for (const source of sources) {
    try {
      readings.push(await openReading(source, options));
    } catch (error) {
      orElseUnused(source.name, error);
    }
  }
  if (readings.length === 0) throw nothing(unused);
  const unopened = unused.length;
  return {
    readings,
    unused,
    async *items() {
      let any = false;
      unused.length = unopened;
      for (const reading of readings) {
        try {
          for await (const item of reading.items()) {
            any = true;
            yield item;
          }
        } catch (error) {
          orElseUnused(reading.file, error);
        }
      }
      if (!any) throw nothing(unused);
    },
  };
}

function nothing(unused: readonly ReadProblem[]): ParrotletError {
  const few = unused.slice(0, 3).map(({ file, message }) => `\n  ${file}: ${message}`);
  const more = unused.length > few.length ? `\n  ... and ${unused.length - few.length} more` : "";
  const message = `There is nothing to learn from in ${unused.length} files:${few.join("")}${more}`;
  return new ParrotletError(
    "data-empty",
    unused.length === 0 ? "There are no files to learn from." : message,
  );
}
