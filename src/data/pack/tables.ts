import { shown } from "../../base/index.ts";
import { isTable } from "./pack-file.ts";
import type { Row, Value } from "./row.ts";

type Fail = (what: string) => never;

/** Rows as a pack writes them: maps with a name, or names alone. */
export function readTable(value: unknown, what: string, fail: Fail): readonly Row[] {
  if (!Array.isArray(value)) return fail(`${what} must be a list of things, not ${shown(value)}.`);
  return value.map((each: unknown) =>
    isTable(each) ? readRow(each, what, fail) : { name: readName(each, what, fail), values: new Map() },
  );
}

export function readRow(value: ReadonlyMap<unknown, unknown>, what: string, fail: Fail): Row {
  const values = new Map<string, Value>();
  for (const [key, each] of value) {
    if (each === null || each === undefined) continue;
    values.set(String(key), readValue(each, `${what}: ${String(key)}`, fail));
  }
  return { name: readName(values.get("name"), what, fail), values };
}

function readName(value: unknown, what: string, fail: Fail): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  if (typeof value === "number") return String(value);
  return fail(`something in ${what} has no name: write { name: ... }.`);
}

function readValue(value: unknown, what: string, fail: Fail): Value {
  if (typeof value === "number" || typeof value === "string") return value;
  // YAML reads yes, true and the like as truth values in some versions: they are words here.
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (!Array.isArray(value)) return fail(`${what} must be a text, a number or a list of texts.`);
  return value.map((each: unknown) =>
    typeof each === "object" ? fail(`${what} must be a list of texts, not of ${shown(each)}.`) : String(each),
  );
}
