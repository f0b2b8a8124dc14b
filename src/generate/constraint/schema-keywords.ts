import { shown } from "../../base/index.ts";
import type { Expression } from "./expression.ts";
import { refused } from "./refused.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** Makes the expression of a schema that lies in another, at a path that errors name. */
export type ReadSchema = (schema: unknown, where: string) => Expression;

/** The types, and the keywords that concern each. */
export const KEYWORDS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["pattern", "minLength", "maxLength", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
};

const ANNOTATIONS = [
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
];
const SUPPORTED = new Set([
  ...Object.values(KEYWORDS_OF_TYPE).flat(),
  ...ANNOTATIONS,
  ...["type", "const", "enum", "anyOf", "oneOf", "allOf", "$ref"],
]);

/** A schema as an object, all of whose keywords are supported. */
export function checkKeywords(schema: unknown, where: string): Schema {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    throw refused(`format.schema: ${where} is ${shown(schema)}; a schema is an object, true or false.`);
  const strange = Object.keys(schema).find((keyword) => !SUPPORTED.has(keyword));
  if (strange !== undefined)
    throw refused(`format.schema: ${where} uses the keyword ${shown(strange)}, which is not supported.`);
  return schema as Schema;
}

/** Refuses what stands beside a keyword that says all, but annotations. */
export function onlyKeyword(
  schema: Schema,
  keyword: string,
  where: string,
  also: readonly string[] = [],
): void {
  const other = Object.keys(schema).find(
    (name) => name !== keyword && !ANNOTATIONS.includes(name) && !also.includes(name),
  );
  if (other !== undefined)
    throw refused(`format.schema: ${where} uses ${shown(other)} beside ${keyword}, which is not supported.`);
}

/**
 * The schema at a JSON pointer.
 *
 * @see RFC 6901. https://www.rfc-editor.org/rfc/rfc6901
 */
export function schemaAt(root: unknown, pointer: string): unknown {
  let at = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = unescaped(part);
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name))
      throw refused(`format.schema: there is nothing at ${shown(pointer)}, which a $ref names.`);
    at = (at as Schema)[name];
  }
  return at;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** A keyword that is a count. */
export function countOf(schema: Schema, keyword: string, where: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_COUNT) return value;
  throw refused(
    `format.schema: ${where}/${keyword} is ${shown(value)}; it must be a whole number from 0 to ${MOST_COUNT}.`,
  );
}

const MOST_COUNT = 100_000;
