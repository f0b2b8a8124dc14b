import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../../text/index.ts";
import type { ReplyFormat } from "../generation-config.ts";
import { compileFormat } from "./compile-format.ts";
import { allows, walk } from "./walk.contract.ts";

const ascii = Array.from({ length: 95 }, (_, place) => String.fromCharCode(32 + place)).join("");
const words = '{"name": "Pip", "age": 12, "tags": ["red", "blue"], "ok": true, "none": null}\n'.repeat(8);
const tokenizers: readonly Tokenizer[] = [
  CharacterTokenizer.fit([`${ascii}\né😀`], { special: "chat" }),
  new ByteTokenizer("chat"),
  await trainBpe([words], { vocabulary: 400, special: "chat" }),
];

type Keyword =
  | ("$ref" | "$defs" | "type" | "const" | "enum" | "anyOf" | "oneOf" | "allOf")
  | ("minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum")
  | ("pattern" | "format" | "minLength" | "maxLength")
  | ("items" | "prefixItems" | "minItems" | "maxItems")
  | ("properties" | "required" | "additionalProperties");
type Schema = Readonly<Partial<Record<Keyword, unknown>>>;
const formatOf = (schema: unknown): ReplyFormat => ({ type: "json-schema", schema });

/** A validator of its own, as the specification says each keyword. */
function valid(value: unknown, schema: Schema | boolean, root: Schema): boolean {
  if (typeof schema === "boolean") return schema;
  const again = (part: unknown, inner: unknown) => valid(part, inner as Schema, root);
  if (typeof schema.$ref === "string") {
    const path = schema.$ref.split("/").slice(1);
    return again(
      value,
      path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], root),
    );
  }
  const same = (other: unknown) => JSON.stringify(other) === JSON.stringify(value);
  if ("const" in schema && !same(schema.const)) return false;
  if (Array.isArray(schema.enum) && !schema.enum.some(same)) return false;
  for (const of of [schema.anyOf, schema.oneOf])
    if (Array.isArray(of) && !of.some((part) => again(value, part))) return false;
  if (Array.isArray(schema.allOf) && !schema.allOf.every((part) => again(value, part))) return false;
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const kinds = Number.isInteger(value) ? [kind, "integer"] : [kind];
  if (schema.type !== undefined && ![schema.type].flat().some((type) => kinds.includes(String(type))))
    return false;
  const n = (keyword: Keyword, otherwise: number) => (schema[keyword] ?? otherwise) as number;
  if (typeof value === "number")
    return (
      value >= n("minimum", -Infinity) &&
      value <= n("maximum", Infinity) &&
      (schema.exclusiveMinimum === undefined || value > n("exclusiveMinimum", 0)) &&
      (schema.exclusiveMaximum === undefined || value < n("exclusiveMaximum", 0))
    );
  if (typeof value === "string") {
    const { length } = [...value];
    if (length < n("minLength", 0) || length > n("maxLength", Infinity)) return false;
    if (typeof schema.format === "string" && !FORMATS[schema.format]?.(value)) return false;
    return schema.pattern === undefined || new RegExp(String(schema.pattern), "u").test(value);
  }
  if (Array.isArray(value)) {
    const prefix = (schema.prefixItems ?? []) as Schema[];
    return (
      value.length >= n("minItems", 0) &&
      value.length <= n("maxItems", Infinity) &&
      value.every((item, place) => again(item, prefix[place] ?? schema.items ?? true))
    );
  }
  if (typeof value === "object" && value !== null) {
    const properties = (schema.properties ?? {}) as Record<string, Schema>;
    return (
      ((schema.required ?? []) as string[]).every((name) => Object.hasOwn(value, name)) &&
      Object.entries(value).every(([name, part]) =>
        again(
          part,
          Object.hasOwn(properties, name)
            ? properties[name]
            : (schema.additionalProperties ?? !schema.properties),
        ),
      )
    );
  }
  return true;
}

const FORMATS: Record<string, (text: string) => boolean> = {
  date: (text) => new Date(`${text}T00:00:00Z`).toISOString().startsWith(text),
  time: (text) => !Number.isNaN(Date.parse(`2020-01-01T${text}`)),
  "date-time": (text) => !Number.isNaN(Date.parse(text)),
  uuid: (text) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
  email: (text) =>
    /^[^@\s.]+(\.[^@\s.]+)*@([^@\s.-]([^@\s.]*[^@\s.-])?)(\.[^@\s.-]([^@\s.]*[^@\s.-])?)+$/.test(text),
};

/** Schemas, each with values that it describes, and some that it does not. */
const SCHEMAS: readonly (readonly [name: string, schema: Schema, good: unknown[], bad: unknown[]])[] = [
  ["types", { type: ["integer", "null", "boolean"] }, [0, -12, null, true], [0.5, "a", []]],
  [
    "objects",
    {
      type: "object",
      properties: {
        name: { type: "string" },
        age: { type: "integer", minimum: 0, maximum: 130 },
        ok: { type: "boolean" },
      },
      required: ["name"],
    },
    [{ name: "Pip" }, { name: 'é"\\\n', age: 130 }, { name: "", age: 7, ok: false }, { name: "", ok: false }],
    [{}, { age: 3 }, { name: 3 }, { name: "a", age: 131 }, { name: "a", b: 1 }],
  ],
  [
    "optional properties",
    { properties: { a: { const: 1 }, b: { enum: ["x", "y", { z: [1] }] }, c: { type: "null" } } },
    [
      {},
      { a: 1 },
      { b: "y" },
      { c: null },
      { a: 1, c: null },
      { b: { z: [1] }, c: null },
      { a: 1, b: "x", c: null },
    ],
    [{ a: 2 }, { b: "z" }, { d: 1 }],
  ],
  [
    "more properties",
    {
      type: "object",
      properties: { ab: { type: "integer" }, abc: { type: "integer" } },
      required: ["abc"],
      additionalProperties: { type: "string" },
    },
    [{ abc: 1 }, { ab: 1, abc: 2, a: "x", abcd: "y", "": "z" }],
    [{ abc: 1, ab: "x" }, { abc: 1, x: 1 }, { abc: "x" }, { ab: 1 }],
  ],
  [
    "any properties",
    { type: "object", additionalProperties: { type: "number" } },
    [{}, { a: 1.5 }],
    [{ a: "x" }],
  ],
  [
    "arrays",
    { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 4 },
    [
      [1, 2],
      [1, 2, 3, 4],
    ],
    [[], [1], [1, 2, 3, 4, 5], ["a", 1]],
  ],
  ["any array", { type: "array", minItems: 1 }, [[1], [[], {}, "a"]], [[]]],
  [
    "tuples",
    {
      type: "array",
      prefixItems: [{ type: "string" }, { type: "integer" }],
      items: { type: "boolean" },
      minItems: 1,
      maxItems: 4,
    },
    [["a"], ["a", 1], ["a", 1, true, false]],
    [[], [1], ["a", "b"], ["a", 1, 2], ["a", 1, true, true, true]],
  ],
  ["pattern", { type: "string", pattern: "^[A-Z]{2}\\d+\\s?$" }, ["AB1", "XY123\n"], ["A1", "AB", "AB1x"]],
  [
    "open pattern",
    { type: "string", pattern: '["\\\\\\n]b?|^q' },
    ['xa"by', "a\\b", "a\nb", "quit"],
    ["ab", "xq"],
  ],
  ["lengths", { type: "string", minLength: 2, maxLength: 3 }, ["ab", "é😀\n", '"\\'], ["a", "abcd"]],
  [
    "integers",
    { type: "integer", minimum: -105, exclusiveMaximum: 2000 },
    [-105, -99, -10, -1, 0, 9, 10, 1999],
    [-106, -1000, 2000, 10000],
  ],
  ["positive integers", { type: "integer", exclusiveMinimum: 0 }, [1, 10, 123456789012345], [0, -1]],
  ["integers about a bound that is none", { type: "integer", minimum: 1.5, maximum: 4.5 }, [2, 3, 4], [1, 5]],
  [
    "numbers",
    { type: "number", exclusiveMinimum: -1, maximum: 12 },
    [-0.5, 0, 0.25, 11.999, 12, 5],
    [-1, 12.5, 13, -2],
  ],
  [
    "negative numbers",
    { type: "number", minimum: -20, exclusiveMaximum: -3 },
    [-20, -19.5, -3.001, -10],
    [-3, -2, -20.5, 0, 3],
  ],
  [
    "all numbers",
    { type: "number" },
    [0, -0.5, 1e21, 1.5e-7, 5e-324, 0.1 + 0.2, 123456789012345680000],
    ["1"],
  ],
  [
    "dates",
    { type: "string", format: "date" },
    ["2024-02-28", "1999-12-31"],
    ["2024-02-30", "2024-13-01", "24-01-01"],
  ],
  ["times", { type: "string", format: "time" }, ["23:59:59Z", "00:00:00.125+05:30"], ["24:00:00Z", "12:00"]],
  ["moments", { type: "string", format: "date-time" }, ["2024-02-28T12:30:00Z"], ["2024-02-28"]],
  ["uuids", { type: "string", format: "uuid" }, ["123e4567-e89b-12d3-a456-426614174000"], ["123"]],
  [
    "addresses",
    { type: "string", format: "email" },
    ["pip@example.org", "a.b@c-d.co.uk"],
    ["a@b", "a b@c.de"],
  ],
  [
    "trees",
    {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: { v: { type: "integer" }, c: { type: "array", items: { $ref: "#/$defs/node" } } },
          required: ["v"],
        },
      },
    },
    [
      { v: 1 },
      {
        v: 1,
        c: [
          { v: 2, c: [] },
          { v: 3, c: [{ v: 4 }] },
        ],
      },
    ],
    [{}, { v: 1, c: [{}] }],
  ],
  [
    "lists that end",
    {
      anyOf: [{ type: "null" }, { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] }],
    },
    [null, { next: null }, { next: { next: null } }],
    [{}, { next: 1 }],
  ],
  [
    "choices",
    {
      type: "object",
      properties: {
        kind: { oneOf: [{ const: "a" }, { type: "integer", maximum: 3, minimum: 1 }] },
        all: { allOf: [{ enum: [1, "1"], type: "string" }] },
      },
      required: ["kind", "all"],
    },
    [
      { kind: "a", all: "1" },
      { kind: 2, all: "1" },
    ],
    [
      { kind: "b", all: "1" },
      { kind: 1, all: 1 },
    ],
  ],
  ["anything", {}, [1, "a", null, [{}], { a: [] }], []],
];

describe.each(tokenizers)("with a $kind tokenizer", (tokenizer) => {
  it.each(SCHEMAS)("makes values of a schema with %s", (_, schema, good, bad) => {
    const format = formatOf(schema);
    for (let seed = 0; seed < 20; seed++) {
      const text = walk(format, tokenizer, { seed, most: 80 + seed }) ?? "cut";
      expect([text, valid(JSON.parse(text), schema, schema)]).toEqual([text, true]);
      expect(allows(format, tokenizer, text)).toBe(true);
    }
    for (const value of good) {
      expect([value, valid(value, schema, schema)]).toEqual([value, true]);
      expect([value, allows(format, tokenizer, JSON.stringify(value))]).toEqual([value, true]);
    }
    for (const value of bad)
      expect([value, allows(format, tokenizer, JSON.stringify(value))]).toEqual([value, false]);
  });
});

describe("a range", () => {
  const tokenizer = new ByteTokenizer();

  it("of integers holds those between its bounds and no others", () => {
    const bound = fc.oneof(fc.integer({ min: -120, max: 120 }), fc.integer({ min: -1e6, max: 1e6 }));
    fc.assert(
      fc.property(bound, bound, bound, (a, b, value) => {
        const [minimum, maximum] = [Math.min(a, b), Math.max(a, b)];
        const format = formatOf({ type: "integer", minimum, maximum });
        for (const each of [value, minimum, maximum, minimum - 1, maximum + 1])
          expect([each, allows(format, tokenizer, String(each))]).toEqual([
            each,
            each >= minimum && each <= maximum,
          ]);
      }),
      { numRuns: 150, seed: 2 },
    );
  });

  it("of numbers holds those between its bounds and no others", () => {
    const bound = fc.integer({ min: -30, max: 30 });
    fc.assert(
      fc.property(
        bound,
        bound,
        fc.integer({ min: -3200, max: 3200 }),
        fc.boolean(),
        (a, b, hundredths, inclusive) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b) + 1];
          const schema = inclusive
            ? { type: "number", minimum: low, maximum: high }
            : { type: "number", exclusiveMinimum: low, exclusiveMaximum: high };
          for (const value of [hundredths / 100, low, high])
            expect([value, allows(formatOf(schema), tokenizer, String(value))]).toEqual([
              value,
              valid(value, schema, schema),
            ]);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});

describe("a schema that cannot be kept to", () => {
  const refusal = (schema: unknown): string => {
    try {
      compileFormat(formatOf(schema), new ByteTokenizer());
    } catch (error) {
      expect(error).toMatchObject({ code: "generation-config" });
      return (error as Error).message;
    }
    return "nothing";
  };
  let deep: unknown = {};
  for (let i = 0; i < 5000; i++) deep = { type: "array", items: deep };
  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: "integer" }]));

  it.each([
    [
      "an unknown keyword",
      { type: "object", properties: { a: { multipleOf: 3 } } },
      '#/properties/a uses the keyword "multipleOf"',
    ],
    ["a strange type", { type: "text" }, '#/type is "text"'],
    ["what is no schema", { type: "array", items: 3 }, "#/items is 3"],
    ["a reference to nothing", { $ref: "#/$defs/a" }, '"#/$defs/a"'],
    ["a reference elsewhere", { $ref: "https://example.org" }, "https://example.org"],
    ["a circle", { $ref: "#" }, "no text"],
    ["a circle with a way out", { anyOf: [{ $ref: "#" }, { const: 1 }] }, "refers to itself"],
    ["an object without end", { properties: { a: { $ref: "#" } }, required: ["a"] }, "no text"],
    ["a choice beside something", { anyOf: [true], type: "object" }, '"type" beside anyOf'],
    ["several at once", { allOf: [true, true] }, "only one"],
    ["an empty range", { type: "integer", minimum: 3, maximum: 2 }, "no text"],
    ["a required property that is not listed", { properties: {}, required: ["a"] }, 'requires "a"'],
    ["a pattern with a length", { type: "string", pattern: "a", minLength: 3 }, "several of"],
    ["a bad pattern", { type: "string", pattern: "a(?!b)" }, "#/pattern: looking ahead"],
    ["an unknown format", { type: "string", format: "ipv4" }, '"ipv4"'],
    ["a bound within", { type: "number", minimum: 0.5 }, "0.5"],
    ["a bad count", { type: "array", minItems: -1 }, "#/minItems is -1"],
    ["depth", deep, "too deep"],
    ["too many properties", { properties: wide(501) }, "501 properties"],
    ["too many schemas", { anyOf: Array.from({ length: 3000 }, () => ({})) }, "more than 2000"],
    ["what is too long", { enum: ["x".repeat(100_000)] }, "100000"],
    [
      "much",
      {
        anyOf: Array.from({ length: 900 }, (_, i) => ({ type: "string", pattern: `^a${i}.{9}\\w{5}.{9}$` })),
      },
      "too large",
    ],
    ["no values", { enum: [] }, "a list of values"],
    ["nothing", false, "no text"],
    ["a text", "object", 'is "object"'],
  ])("is refused for %s", (_, schema, why) => {
    const start = performance.now();
    expect(refusal(schema)).toContain(why);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("may have many properties, and counts that are large", () => {
    expect(refusal({ properties: wide(500) })).toBe("nothing");
    expect(refusal({ properties: wide(400), additionalProperties: true, required: ["p7"] })).toBe("nothing");
    expect(refusal({ type: "array", maxItems: 100_000, items: { type: "string", maxLength: 100_000 } })).toBe(
      "nothing",
    );
  });
});
