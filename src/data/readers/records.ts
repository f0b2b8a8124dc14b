import { shown } from "../../base/index.ts";
import { conversationOf } from "../conversation.ts";
import type { Item } from "../item.ts";
import type { FileToRead } from "./format.ts";
import { type Body, shapeOf } from "./record-shapes.ts";

/** A record as its file holds it. */
export interface RawRecord {
  /** From 1; without lines, the number of the record. */
  readonly line: number;
  readonly value: unknown;
  /** How many times it counts. @default 1 */
  readonly times?: number;
}

/** Longest text of one record, in characters. Longer, and a quote or a bracket is missing somewhere. */
export const LONGEST_RECORD: number = 1 << 26;

/** Problems after which a file without a single record that can be used is given up. */
const HOPELESS = 1000;

/** What records say, item by item; what cannot be used is a problem. */
export async function* itemsOf(
  file: FileToRead,
  records: AsyncIterable<readonly RawRecord[]>,
): AsyncGenerator<Item, void> {
  let any = false;
  for await (const batch of records) {
    for (const record of batch) {
      const items = itemsOfRecord(file, record);
      any ||= items.length > 0;
      yield* items;
    }
    // A large file of which nothing so far could be used is of another kind.
    if (!any && file.problems.count >= HOPELESS) return;
  }
}

function itemsOfRecord(file: FileToRead, { line, value, times = 1 }: RawRecord): Item[] {
  const shaped = shapeOf(value, file.options.columns);
  if ("problem" in shaped) {
    file.problems.add(line, shaped.problem);
    return [];
  }
  const items = shaped.bodies.flatMap((body) => itemOf(file, line, body) ?? []);
  return times === 1 ? items : items.flatMap((item) => Array.from({ length: times }, () => item));
}

function itemOf(file: FileToRead, line: number, body: Body): Item | undefined {
  const place = { file: file.source.name, line };
  if (body.kind === "text") return { kind: "text", text: body.text, ...place };
  return conversationOf(body.messages, place, (message) => file.problems.add(line, message));
}

/** What the first records are, for people. */
export async function shapeOfFirst(
  file: FileToRead,
  records: AsyncIterable<readonly RawRecord[]>,
): Promise<string | undefined> {
  for await (const batch of records) {
    for (const { value } of batch.slice(0, 20)) {
      const shaped = shapeOf(value, file.options.columns);
      if ("shape" in shaped) return shaped.shape;
    }
    if (batch.length > 0) return undefined;
  }
  return undefined;
}

/** A value of JSON; `undefined`, and a problem, where it is none. */
export function parseJson(text: string, line: number, broken: boolean, file: FileToRead): unknown {
  if (broken && text.includes("\uFFFD")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = (error as Error).message.split("\n")[0] ?? "";
    file.problems.add(
      line,
      `this is not JSON: ${shown(text.trim())} (${why.slice(0, 80)}). Correct it or remove it.`,
    );
    return undefined;
  }
}
