import { shown } from "../../base/index.ts";
import { choice, EMPTY, type Expression, NOTHING, optional, repeat, sequence } from "./expression.ts";
import { between, COLON, COMMA, list, literal, STRING, stringBut, VALUE } from "./json-text.ts";
import { refused } from "./refused.ts";
import { countOf, type ReadSchema, type Schema } from "./schema-keywords.ts";

const MOST_PROPERTIES = 500;
const LONGEST_NAME = 200;

/**
 * An object: its properties in their order, of which only those may be missing that are not required. Others come only where
 * `additionalProperties` allows them or where no properties are listed; they come last.
 */
export function objectOf(schema: Schema, where: string, read: ReadSchema): Expression {
  const properties = objectAt(schema, "properties", where);
  const names = Object.keys(properties);
  if (names.length > MOST_PROPERTIES)
    throw refused(`format.schema: ${where} has ${names.length} properties; it may have ${MOST_PROPERTIES}.`);
  const long = names.find(({ length }) => length > LONGEST_NAME);
  if (long !== undefined)
    throw refused(
      `format.schema: ${where} names a property of ${long.length} characters: ${shown(long)}; it may have ${LONGEST_NAME}.`,
    );
  const required = requiredNames(schema, names, where);
  const extra = otherMember(schema, names, where, read);
  // From the last one back: what may follow where nothing came yet, and where something did.
  let first = optional(sequence(extra, repeat(sequence(COMMA, extra))));
  let later = repeat(sequence(COMMA, extra));
  for (const name of names.reverse()) {
    const value = read(properties[name], `${where}/properties/${name}`);
    const member = sequence(literal(name), COLON, value);
    const here = sequence(member, later);
    const may = !required.has(name);
    first = choice(here, may ? first : NOTHING);
    later = choice(sequence(COMMA, here), may ? later : NOTHING);
  }
  return between("{", first, "}");
}

/** A property that is not listed. */
function otherMember(schema: Schema, names: readonly string[], where: string, read: ReadSchema): Expression {
  const additional = schema["additionalProperties"] ?? names.length === 0;
  if (additional === false) return NOTHING;
  const key = names.length === 0 ? STRING : stringBut(names);
  const value = additional === true ? VALUE : read(additional, `${where}/additionalProperties`);
  return sequence(key, COLON, value);
}

function requiredNames(schema: Schema, names: readonly string[], where: string): Set<string> {
  const required = schema["required"] ?? [];
  if (!Array.isArray(required) || required.some((name) => typeof name !== "string"))
    throw refused(`format.schema: ${where}/required is ${shown(required)}; it must be a list of names.`);
  const unknown = required.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw refused(`format.schema: ${where} requires ${shown(unknown)}, which its properties do not list.`);
  return new Set(required);
}

function objectAt(schema: Schema, keyword: string, where: string): Schema {
  const value = schema[keyword] ?? {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Schema;
  throw refused(`format.schema: ${where}/${keyword} is ${shown(value)}; it must be an object of schemas.`);
}

/** An array: `prefixItems` in their order, as many as there are, then `items`. */
export function arrayOf(schema: Schema, where: string, read: ReadSchema): Expression {
  const least = countOf(schema, "minItems", where) ?? 0;
  const most = countOf(schema, "maxItems", where) ?? Number.POSITIVE_INFINITY;
  if (least > most) return NOTHING;
  const prefix: unknown = schema["prefixItems"] ?? [];
  if (!Array.isArray(prefix))
    throw refused(`format.schema: ${where}/prefixItems is ${shown(prefix)}; it must be a list of schemas.`);
  const items = schema["items"] ?? prefix.length === 0;
  const item = read(items, `${where}/items`);
  if (prefix.length === 0) return between("[", list(item, least, most), "]");
  const listed = prefix.slice(0, most).map((part, place) => read(part, `${where}/prefixItems/${place}`));
  const { length } = listed;
  let rest = repeat(sequence(COMMA, item), Math.max(0, least - length), most - length);
  for (const [place, part] of [...listed.entries()].reverse()) {
    const here = sequence(place > 0 ? COMMA : EMPTY, part, rest);
    rest = place < least ? here : optional(here);
  }
  return between("[", rest, "]");
}
