import type { Expression } from "./expression.ts";
import { containingPattern } from "./regex.ts";

const DATE =
  "\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))";
const TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

/** Patterns of the values of `format`: those of RFC 3339 and 9562, and the common ones of RFC 5321. No 29 February: not every year has one. */
const PATTERNS: ReadonlyMap<string, string> = new Map([
  ["date", DATE],
  ["time", TIME],
  ["date-time", `${DATE}T${TIME}`],
  ["uuid", "[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}"],
  ["email", `[A-Za-z0-9_+-]{1,30}(?:\\.[A-Za-z0-9_+-]{1,30}){0,1}@${LABEL}(?:\\.${LABEL}){1,3}`],
]);

export const STRING_FORMATS: readonly string[] = [...PATTERNS.keys()];

/** The texts of a `format`; nothing where it is not supported. */
export function stringFormat(name: unknown): Expression | undefined {
  const pattern = typeof name === "string" ? PATTERNS.get(name) : undefined;
  return pattern === undefined ? undefined : containingPattern(`^(?:${pattern})$`, `format ${name}`);
}
