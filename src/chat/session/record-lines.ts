import { ParrotletError } from "../../base/index.ts";
import { checkRecord, isFields } from "./check-record.ts";
import { type ConversationRecord, type MessageRecord, UNKNOWN_TIME } from "./records.ts";

/** A record as a line of a file. The type is first and the time is last: who only counts messages need not read what is between. */
export function recordLine(record: ConversationRecord): string {
  const { type, at, ...rest } = record;
  return `${JSON.stringify({ type, ...rest, at })}\n`;
}

/**
 * The records of a file, as much as can be read: a broken line is left out, as a process leaves one that dies while it writes.
 * What followed a message that is lost follows the message before that. Lines of `{role, text, model}`, as files had them once,
 * are messages one after the other.
 *
 * @param id The conversation's, where the file does not say it.
 */
export function recordsOfLines(text: string, id: string): ConversationRecord[] {
  const reading = new Reading(id);
  text.split("\n").forEach((line, index) => {
    if (line.trim() !== "") reading.read(line, index + 1);
  });
  return reading.records;
}

class Reading {
  readonly records: ConversationRecord[];
  readonly #ids = new Set<string>();
  #newest: string | null = null;

  constructor(id: string) {
    this.records = [{ type: "conversation", id, at: UNKNOWN_TIME }];
  }

  read(line: string, number: number): void {
    const record = parsed(line, () => this.#earlier(line, number));
    if (!record) return;
    if (record.type === "conversation") {
      // A file may have been copied to another name: that name is what opens it.
      const [begin] = this.records;
      if (begin?.type === "conversation") this.records[0] = { ...record, id: begin.id };
    } else if (record.type === "message") this.#message(record);
    else if (record.type !== "head" || record.head === null || this.#ids.has(record.head)) {
      this.records.push(record);
      if (record.type === "head") this.#newest = record.head;
    }
  }

  #message(record: MessageRecord): void {
    if (this.#ids.has(record.id)) return;
    const isThere = record.parent === null || this.#ids.has(record.parent);
    const { continues, ...rest } = isThere ? record : { ...record, parent: this.#newest };
    const known = continues !== undefined && this.#ids.has(continues) ? { continues } : {};
    this.records.push({ ...rest, ...known });
    this.#ids.add(record.id);
    this.#newest = record.id;
  }

  #earlier(line: string, number: number): MessageRecord | undefined {
    const value: unknown = JSON.parse(line);
    if (!isFields(value) || value["type"] !== undefined) return undefined;
    const { role, text, model } = value as Record<string, unknown>;
    if ((role !== "user" && role !== "assistant") || typeof text !== "string") return undefined;
    const by = typeof model === "string" ? { model: { name: model } } : {};
    return {
      type: "message",
      id: `line-${number}`,
      parent: this.#newest,
      role,
      text,
      at: UNKNOWN_TIME,
      ...by,
    };
  }
}

function parsed(line: string, earlier: () => MessageRecord | undefined): ConversationRecord | undefined {
  try {
    return earlier() ?? checkAsFarAsMay(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ParrotletError) return undefined;
    throw error;
  }
}

/** A record; a message of which something less important cannot be read is still what was said. */
function checkAsFarAsMay(value: unknown): ConversationRecord {
  try {
    return checkRecord(value);
  } catch (error) {
    if (!isFields(value)) throw error;
    const { type, id, parent, role, text, at } = value as Record<string, unknown>;
    return checkRecord({ type, id, parent, role, text, at });
  }
}
