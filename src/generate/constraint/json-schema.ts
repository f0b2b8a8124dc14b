import { shown } from "../../base/index.ts";
import { choice, choiceOf, type Expression, NOTHING, oneOf, rule, text } from "./expression.ts";
import type { Grammar } from "./grammar.ts";
import { ARRAY, INTEGER, JSON_RULES, NUMBER, OBJECT, STRING, VALUE } from "./json-text.ts";
import { refused } from "./refused.ts";
import { arrayOf, objectOf } from "./schema-containers.ts";
import {
  checkKeywords,
  KEYWORDS_OF_TYPE,
  onlyKeyword,
  type ReadSchema,
  type Schema,
  schemaAt,
} from "./schema-keywords.ts";
import { integerOf, numberOf, stringValue } from "./schema-scalars.ts";

/** Schemas within a schema, and how deep they may lie in each other. */
const MOST_SCHEMAS = 2_000;
const MOST_DEPTH = 50;

/**
 * The JSON texts that a schema describes; `docs/formats.md` says which part of JSON Schema that is.
 *
 * @throws {ParrotletError} `generation-config`, with the path and the keyword that is not supported.
 */
export const schemaGrammar = (schema: unknown): Grammar => new SchemaReader(schema).grammar();

class SchemaReader {
  readonly #root: unknown;
  readonly #rules: Map<string, Expression> = new Map(JSON_RULES);
  /** Paths that are referred to, to be read. */
  readonly #open: string[] = [];
  readonly #found: Set<string> = new Set();
  #count = 0;
  #depth = 0;

  constructor(schema: unknown) {
    this.#root = schema;
  }

  grammar(): Grammar {
    const start = this.#read(this.#root, "#");
    for (let path = this.#open.pop(); path !== undefined; path = this.#open.pop())
      this.#rules.set(path, this.#read(schemaAt(this.#root, path), path));
    return { start, rules: this.#rules };
  }

  readonly #read: ReadSchema = (schema, where) => {
    if (++this.#count > MOST_SCHEMAS)
      throw refused(`format.schema holds more than ${MOST_SCHEMAS} schemas. Ask for something simpler.`);
    if (++this.#depth > MOST_DEPTH)
      throw refused(`format.schema is more than ${MOST_DEPTH} schemas deep, at ${where.slice(0, 100)}.`);
    const expression = this.#value(schema, where);
    this.#depth--;
    return expression;
  };

  #value(schema: unknown, where: string): Expression {
    if (schema === true) return VALUE;
    if (schema === false) return NOTHING;
    const known = checkKeywords(schema, where);
    if (Object.hasOwn(known, "$ref")) return this.#reference(known, where);
    for (const keyword of ["anyOf", "oneOf", "allOf"] as const)
      if (Object.hasOwn(known, keyword)) return this.#alternatives(known, keyword, where);
    if (Object.hasOwn(known, "const") || Object.hasOwn(known, "enum")) return literals(known, where);
    return choice(...typesOf(known, where).map((type) => this.#typed(type, known, where)));
  }

  #reference(schema: Schema, where: string): Expression {
    onlyKeyword(schema, "$ref", where);
    const path = schema["$ref"];
    if (typeof path !== "string" || !/^#(\/|$)/.test(path))
      throw refused(`${where}/$ref is ${shown(path)}; only "#" and "#/..." within the schema are supported.`);
    if (!this.#found.has(path)) {
      this.#found.add(path);
      this.#open.push(path);
    }
    return rule(path);
  }

  #alternatives(schema: Schema, keyword: "anyOf" | "oneOf" | "allOf", where: string): Expression {
    onlyKeyword(schema, keyword, where);
    const parts = schema[keyword];
    if (!Array.isArray(parts) || parts.length === 0)
      throw refused(`${where}/${keyword} is ${shown(parts)}; it must be a list of schemas.`);
    if (keyword === "allOf" && parts.length > 1)
      throw refused(
        `${where}/allOf holds ${parts.length} schemas; only one is supported. Write them as one.`,
      );
    return choiceOf(parts.map((part, place) => this.#read(part, `${where}/${keyword}/${place}`)));
  }

  #typed(type: string, schema: Schema, where: string): Expression {
    const plain = !KEYWORDS_OF_TYPE[type]?.some((keyword) => Object.hasOwn(schema, keyword));
    switch (type) {
      case "object":
        return plain ? OBJECT : objectOf(schema, where, this.#read);
      case "array":
        return plain ? ARRAY : arrayOf(schema, where, this.#read);
      case "string":
        return plain ? STRING : stringValue(schema, where);
      case "integer":
        return plain ? INTEGER : integerOf(schema, where);
      case "number":
        return plain ? NUMBER : numberOf(schema, where);
      case "boolean":
        return choice(text("true"), text("false"));
      case "null":
        return text("null");
      default:
        throw refused(
          `${where}/type is ${shown(type)}; it must be one or several of ${Object.keys(KEYWORDS_OF_TYPE).join(", ")}.`,
        );
    }
  }
}

/** The types that a schema allows; without `type`, those that its keywords speak of, or else any. */
function typesOf(schema: Schema, where: string): readonly string[] {
  const type = schema["type"];
  const all = Object.keys(KEYWORDS_OF_TYPE);
  if (type === undefined) {
    const meant = all.filter(
      (name) =>
        name !== "integer" && KEYWORDS_OF_TYPE[name]?.some((keyword) => Object.hasOwn(schema, keyword)),
    );
    return meant.length > 0 ? meant : all.filter((name) => name !== "integer");
  }
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.length === 0 || !types.every((name) => typeof name === "string"))
    throw refused(`${where}/type is ${shown(type)}; it must be one or several of ${all.join(", ")}.`);
  return types as readonly string[];
}

/** The values of `const` or `enum`, as far as `type` allows them. */
function literals(schema: Schema, where: string): Expression {
  const keyword = Object.hasOwn(schema, "const") ? "const" : "enum";
  onlyKeyword(schema, keyword, where, ["type"]);
  const values: unknown = keyword === "const" ? [schema["const"]] : schema["enum"];
  if (!Array.isArray(values) || values.length === 0)
    throw refused(`${where}/enum is ${shown(values)}; it must be a list of values.`);
  const types = schema["type"] === undefined ? undefined : typesOf(schema, where);
  const allowed = values.filter((value) => types === undefined || types.some((type) => isOf(value, type)));
  return oneOf([...new Set(allowed.map((value) => JSON.stringify(value) ?? "null"))]);
}

function isOf(value: unknown, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
