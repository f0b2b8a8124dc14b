import type { Rng } from "../src/base/index.ts";

/** JSON as its text, so that it can say what no value can: two keys of one name, 1e400, half a letter. */
type Json = string;

export const oneOf = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)] as T;

const deep = (open: string, close: string, depth: number): Json => open.repeat(depth) + close.repeat(depth);

/** Values that no field expects, or nearly. `paths` are names of files and models. */
export const oddValues = (paths: readonly string[]): readonly Json[] => [
  ...["null", "true", "false", "0", "-0", "-1", "1", "0.5", "1e400", "-1e400", "1e308", "5e-324", "1e-400"],
  ...[
    "9007199254740993",
    "4294967296",
    "-2147483649",
    "123456789012345678901234567890",
    "2.5",
    "8",
    "1000000",
  ],
  ...["NaN", "Infinity", "undefined", "01", "+1", "0x10", "1_000", "'a'", "", ",", "}", "/* */ 1"],
  ...[
    '""',
    '" "',
    '"NaN"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\u202e\ufeff"',
    '"\\x41"',
    '"a',
    '"\n"',
  ],
  ...[
    '"user"',
    '"auto"',
    '"required"',
    '"base64"',
    '"float"',
    '"json_schema"',
    '"__proto__"',
    '"constructor"',
  ],
  ...["[]", "{}", "[[]]", "[null]", "[{}]", '[""]', '["a","b"]', "[1,2,3]", '[["a"]]', "[1e400]", '{"a":1}'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"length":1e9}'],
  ...['{"type":"text"}', '{"type":"json_object"}', '{"type":"json_schema"}', '{"toString":1,"valueOf":2}'],
  ...['{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}', '[{"type":"text","text":"a"}]'],
  deep("[", "]", 10_000),
  deep('{"a":', "}", 10_000),
  deep("[", "]", 60),
  "[".repeat(10_000),
  `"${"a".repeat(50_000)}"`,
  `"${"\\u0000".repeat(5000)}"`,
  `"${"👋🏽".repeat(3000)}"`,
  `[${Array(3000).fill('"x"')}]`,
  `[${Array(3000).fill('{"role":"user","content":"a"}')}]`,
  `{${Array.from({ length: 2000 }, (_, id) => `"${id}":100`)}}`,
  ...paths.map((path) => JSON.stringify(path)),
];

/** A part of a JSON schema as OpenAPI documents have it. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
}

/** A value of a schema, in which about one field in `every` is something else. */
export function hostileJson(rng: Rng, schema: Schema, odd: readonly Json[], every = 12): Json {
  if (rng.below(every) === 0) return oneOf(rng, odd);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && choices.length > 0) return hostileJson(rng, oneOf(rng, choices), odd, every);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return JSON.stringify(oneOf(rng, schema.enum));
  switch (schema.type) {
    case "object":
      return hostileObject(rng, schema, odd, every);
    case "array": {
      const items = Array.from({ length: 1 + rng.below(3) }, () => schema.items ?? {});
      return `[${items.map((item) => hostileJson(rng, item, odd, every))}]`;
    }
    case "string":
      return oneOf(rng, ['"Hello!"', '"What is your name?"', '"a"']);
    case "boolean":
      return oneOf(rng, ["true", "false"]);
    case "integer":
      return String(1 + rng.below(8));
    case "number":
      return oneOf(rng, ["0", "1", "0.5"]);
    default:
      return oneOf(rng, odd);
  }
}

function hostileObject(rng: Rng, schema: Schema, odd: readonly Json[], every: number): Json {
  const names = Object.keys(schema.properties ?? {});
  const few = names.filter((name) => schema.required?.includes(name) || rng.below(4) === 0);
  const entries = few.map((name) => {
    const inner = schema.properties?.[name] ?? {};
    return `${JSON.stringify(name)}:${hostileJson(rng, inner, odd, every)}`;
  });
  if (rng.below(6) === 0) entries.push(...entries); // each twice
  if (rng.below(8) === 0)
    entries.push(
      `"${oneOf(rng, ["__proto__", "constructor", "\\u0000", "\\ud800", ""])}":${oneOf(rng, odd)}`,
    );
  return `{${entries}}`;
}

/** Formats that are expensive, endless, or no formats. */
export const hostileFormats: readonly Json[] = [
  ...[
    "(a+)+b",
    "(a*)*b",
    "((((a*)*)*)*)*",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*)*(.*)*(.*)*x",
    "(.+.+.+)+!",
    "(a?){5000}a{5000}",
  ],
  ...[
    "a{1000000000}",
    "(a{1000}){1000}",
    "((a{100}){100}){100}",
    "[^]{1,9999}x",
    "(x+x+)+y",
    "a{,5}",
    "a{5,2}",
    "a{-1}",
  ],
  ...[
    "(",
    ")",
    "[",
    "[z-a]",
    "\\",
    "*",
    "(?<=a)b",
    "(?=a)b",
    "(a)\\1",
    "(?i)a",
    "\\p{L}+",
    "\\u{110000}",
    "\\ud800",
    "$^",
  ],
  ...[
    "",
    "\u0000",
    "\ud800",
    "(?:a|b|ab|ba|aab|abb)*c",
    "((a|b)?){300}",
    `${"(".repeat(2000)}a${")".repeat(2000)}`,
  ],
  ...[
    "(\\w*\\d*\\s*.*)*",
    "(a|b|[ab]|(a|b)|[a-z])*z",
    "([\\s\\S]{0,300}){0,300}",
    `${"a?".repeat(1500)}${"a".repeat(500)}`,
  ],
].map((regex) => `"regex":${JSON.stringify(regex)}`);

const schemaText = (schema: Json): Json =>
  `"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":${schema}}}`;
const nested = (depth: number): Json =>
  Array.from({ length: depth }).reduce<string>(
    (inner) => `{"type":"array","items":${inner}}`,
    '{"type":"string"}',
  );

export const hostileSchemas: readonly Json[] = [
  ...[
    "{}",
    "[]",
    "null",
    "true",
    "false",
    "1",
    '"a"',
    '{"type":"x"}',
    '{"type":[]}',
    '{"type":{}}',
    '{"enum":[]}',
  ],
  ...[
    '{"$ref":"#"}',
    '{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}',
    '{"$ref":"file:///etc/passwd"}',
  ],
  ...['{"$ref":"http://127.0.0.1/x"}', '{"$ref":"#/__proto__"}', '{"$ref":1}', '{"$ref":"#/$defs/%ff"}'],
  '{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"],"additionalProperties":false}',
  '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"null"}},"required":["__proto__","toString"]}',
  '{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}',
  '{"allOf":[{"$ref":"#"}]}',
  '{"oneOf":[]}',
  '{"not":{}}',
  '{"type":"array","minItems":1e9}',
  '{"type":"array","minItems":5,"maxItems":2}',
  '{"type":"array","items":{"type":"integer"},"minItems":4000,"maxItems":4000}',
  '{"type":"string","minLength":1e15}',
  '{"type":"string","minLength":-1}',
  '{"type":"string","pattern":"(a+)+b"}',
  '{"type":"string","pattern":"["}',
  '{"type":"string","format":"regex"}',
  '{"type":"integer","minimum":-1e308,"maximum":1e308}',
  '{"type":"integer","minimum":5,"maximum":1}',
  '{"type":"number","minimum":1e400}',
  '{"type":"number","multipleOf":0}',
  '{"type":"object","minProperties":1000000}',
  '{"type":"object","required":["a","b"],"additionalProperties":false}',
  '{"type":"object","patternProperties":{"(a*)*":{}}}',
  `{"enum":[${Array.from({ length: 3000 }, (_, index) => index)}]}`,
  `{"type":"object","properties":{${Array.from({ length: 400 }, (_, index) => `"k${index}":{}`)}}}`,
  `{"anyOf":[${Array(200).fill('{"type":"array","items":{"$ref":"#"}}')}]}`,
  nested(15),
  nested(500),
].map(schemaText);
