import { decodeText, encodeText } from "../../base/index.ts";
import type { Item, Reading, ReadingReport } from "../../data/index.ts";
import type { FileStorage } from "../file-storage.ts";
import type { OpenedSource } from "./opened-source.ts";

/** Files that are named. */
const FILES = 20;

export const fileReports = (readings: readonly Reading[]): ReadingReport["files"] => ({
  count: readings.length,
  first: readings
    .slice(0, FILES)
    .map(({ file, format, encoding }) => ({ file, format, ...(encoding && { encoding }) })),
});

/** Counts what comes out of a source, and says at the end what reading it did. */
export class ReadingRecord {
  readonly #source: OpenedSource;
  #documents = 0;
  #conversations = 0;
  #messages = 0;
  #whole = false;

  constructor(source: OpenedSource) {
    this.#source = source;
  }

  /** The source's items, as they are. */
  async *items(): AsyncGenerator<Item, void> {
    [this.#documents, this.#conversations, this.#messages] = [0, 0, 0];
    for await (const item of this.#source.items()) {
      if (item.kind === "conversation") {
        this.#conversations++;
        this.#messages += item.messages.length;
      } else if (item.continues !== true) this.#documents++;
      yield item;
    }
    this.#whole = true;
  }

  /** What reading did; it reads now what was not read yet. */
  async report(): Promise<ReadingReport> {
    if (!this.#whole) for await (const _ of this.items());
    const { readings } = this.#source;
    return {
      files: fileReports(readings),
      items: {
        documents: this.#documents,
        conversations: this.#conversations,
        messages: this.#messages,
      },
      problems: this.#source.problems(),
      filters: this.#source.reports(),
    };
  }
}

/** What was kept under a path, else what `make` gives, kept from now on. A file that is no JSON is made anew. */
export async function keptOr<T extends object>(
  storage: FileStorage,
  path: string,
  make: () => Promise<T>,
): Promise<T> {
  const kept = parsed<T>(await storage.read(path));
  if (kept) return kept;
  const made = await make();
  await storage.write(path, encodeText(`${JSON.stringify(made, null, 1)}\n`));
  return made;
}

function parsed<T extends object>(bytes: Uint8Array | undefined): T | undefined {
  try {
    const value: unknown = bytes && JSON.parse(decodeText(bytes));
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
