import { isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { closest, ParrotletError, shown } from "../../base/index.ts";

/** A YAML file of a pack: its values as maps, lists, texts and numbers, and where they stand. */
export interface PackFile {
  readonly path: string;
  readonly value: unknown;
  /** The line of an item of its list, or of a key at its top. */
  lineOf(at: number | string): number;
}

/** Anchors and aliases may not make a small file large. */
const MOST_ALIASES = 100;

/** @throws {ParrotletError} `pack-invalid`, for what is not YAML. */
export function readPackFile(path: string, text: string): PackFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error) {
    return invalid(path, error.linePos?.[0].line ?? 1, `this is not YAML: ${error.message.split("\n")[0]}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ mapAsMap: true, maxAliasCount: MOST_ALIASES });
  } catch (problem) {
    return invalid(path, 1, `this is not YAML that can be read: ${String(problem)}`);
  }
  const { contents } = document;
  const lineAt = (offset: number | undefined): number =>
    offset === undefined ? 1 : lineCounter.linePos(offset).line;
  return {
    path,
    value,
    lineOf: (at) => {
      if (typeof at === "number" && isSeq(contents)) {
        const item = contents.items[at] as { range?: [number, number, number] } | undefined;
        return lineAt(item?.range?.[0]);
      }
      if (isMap(contents)) {
        const pair = contents.items.find(({ key }) => String(key) === at);
        return lineAt((pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0]);
      }
      return 1;
    },
  };
}

/** Says where in a pack something is wrong. */
export function invalid(path: string, line: number, what: string): never {
  throw new ParrotletError("pack-invalid", `${path}, line ${line}: ${what}`);
}

export const isTable = (value: unknown): value is ReadonlyMap<unknown, unknown> => value instanceof Map;

/** A map with texts as keys, all of which are known. */
export function fields(
  value: unknown,
  known: readonly string[],
  fail: (what: string) => never,
): ReadonlyMap<string, unknown> {
  if (!isTable(value)) return fail(`this must be a map with ${known.join(", ")}, not ${shown(value)}.`);
  const all = new Map<string, unknown>();
  for (const [key, each] of value) {
    const name = String(key);
    if (!known.includes(name)) {
      const meant = closest(name, known);
      return fail(
        `${shown(name)} is no key here. ${meant ? `Did you mean ${meant}?` : `Keys are ${known.join(", ")}.`}`,
      );
    }
    all.set(name, each);
  }
  return all;
}

/** One text, or a list of them. */
export function texts(value: unknown, what: string, fail: (what: string) => never): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    if (typeof each === "string" || typeof each === "number" || typeof each === "boolean")
      return String(each);
    return fail(
      `${what} must be a text or a list of texts, not ${shown(each instanceof Map ? "a map" : each)}. Put it in quotes.`,
    );
  });
}
