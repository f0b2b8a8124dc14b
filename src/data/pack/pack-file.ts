import { type CST, isMap, isNode, isSeq, LineCounter, Parser, parseDocument } from "yaml";
import { closest, ParrotletError, shown } from "../../base/index.ts";

/** A YAML file of a pack: its values as maps, lists, texts and numbers, and where they stand. */
export interface PackFile {
  readonly path: string;
  readonly value: unknown;
  /** The line of an item of its list or of a key at its top, or of what stands there: `lineOf("blocks", 3)`. */
  lineOf(...way: readonly (number | string)[]): number;
}

/** Anchors and aliases may not make a small file large. */
const MOST_ALIASES = 100;

/** @throws {ParrotletError} `pack-invalid`, for what is not YAML. */
export function readPackFile(path: string, text: string): PackFile {
  const lineCounter = new LineCounter();
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return invalid(path, deep, `lists and maps are more than ${MOST_NESTED} deep in each other.`);
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
  return { path, value, lineOf: (...way) => lineOf(document.contents, way, lineCounter) };
}

/**
 * Lists and maps within each other, more than anybody writes. The parser recurses: V8 does not always survive the end of its stack,
 * where it may be compiling a regular expression.
 */
const MOST_NESTED = 40;

/** The line at which lists and maps are nested too deep, if any. Recurses nowhere. */
function tooDeepAt(text: string): number | undefined {
  const lines = new LineCounter();
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > MOST_NESTED) return lines.linePos(token.offset).line;
    const inside =
      token.type === "document"
        ? [token.value]
        : "items" in token
          ? token.items.flatMap(({ key, value }) => [key, value])
          : [];
    for (const each of inside) if (each) waiting.push({ token: each, depth: depth + 1 });
  }
  return undefined;
}

/** As far as the way leads. */
function lineOf(top: unknown, way: readonly (number | string)[], lines: LineCounter): number {
  let [node, line] = [top, 1];
  for (const at of way) {
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === at) : undefined;
    const item = isSeq(node) && typeof at === "number" ? node.items[at] : pair?.key;
    if (!isNode(item) || !item.range) return line;
    line = lines.linePos(item.range[0]).line;
    node = pair ? pair.value : item;
  }
  return line;
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

/** Says where, if a pattern or a condition is wrong. */
export function explained<T>(make: () => T, fail: (what: string) => never): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ParrotletError) return fail(error.message);
    throw error;
  }
}

/** What a block or a story is called: reports show it, so it has nothing that steers a terminal. */
export function label(value: unknown, what: string, fail: (what: string) => never): string {
  return typeof value === "string" && value.trim() !== "" && !/\p{Cc}/u.test(value.trim())
    ? value.trim()
    : fail(`${what}: must be a text of one line, not ${shown(value)}.`);
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
