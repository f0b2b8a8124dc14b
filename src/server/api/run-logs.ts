import { decodeText } from "../../base/index.ts";
import type { Run, RunEvent } from "../../workspace/index.ts";

/** An event, and the number of its line, from 1. */
export interface LoggedEvent {
  readonly line: number;
  readonly event: RunEvent;
}

/** Logs that are kept, so that many who watch one training do not all read its file. */
const MOST_KEPT = 8;

/** What happened in runs, by the lines of their `events.jsonl`. */
export class RunLogs {
  readonly #kept = new Map<string, { readonly version: number; readonly lines: Promise<LoggedEvent[]> }>();

  /** @param version Of a run that is being trained: where it is the same as before, nothing is read again. */
  read(run: Run, version: number | undefined): Promise<readonly LoggedEvent[]> {
    if (version === undefined) return readLines(run);
    const kept = this.#kept.get(run.name);
    if (kept?.version === version) return kept.lines;
    const lines = readLines(run);
    this.#kept.delete(run.name);
    this.#kept.set(run.name, { version, lines });
    for (const name of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(name);
    return lines;
  }
}

/** Whole lines; what is being written is none yet. */
async function readLines({ storage, path }: Run): Promise<LoggedEvent[]> {
  const bytes = (await storage.read(`${path}/events.jsonl`)) ?? new Uint8Array();
  const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
  return decodeText(whole)
    .split("\n")
    .flatMap((line, index) => {
      const event = parsed(line);
      return event ? [{ line: index + 1, event }] : [];
    });
}

function parsed(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "type" in value ? (value as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}
