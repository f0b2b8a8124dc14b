import { type CharacterSet, charactersOf, complement, intersection, setOf, union } from "./character-set.ts";
import {
  anyOf,
  characters,
  choice,
  EMPTY,
  type Expression,
  nonEmpty,
  oneOf,
  optional,
  repeat,
  rewritten,
  rule,
  sequence,
  text,
} from "./expression.ts";
import type { Grammar } from "./grammar.ts";

/** At most one space or line end where JSON allows white space: a weak model would go on with it for ever. */
export const SPACE: Expression = optional(anyOf(" \n"));
export const COMMA: Expression = sequence(SPACE, text(","), SPACE);
export const COLON: Expression = sequence(SPACE, text(":"), SPACE);

/** What a string must write by an escape. */
const ESCAPED: CharacterSet = union(
  setOf([[0, 31]]),
  setOf([
    [34, 34],
    [92, 92],
  ]),
);
const PLAIN = complement(ESCAPED);

const digit = anyOf("0123456789");
const hex = anyOf("0123456789abcdefABCDEF");
const unicode = (...digits: readonly Expression[]): Expression => sequence(text("\\u"), ...digits);
const escaped = choice(
  sequence(text("\\"), anyOf('"\\/bfnrt')),
  unicode(anyOf("0123456789abcABCefEF"), hex, hex, hex),
  unicode(anyOf("dD"), anyOf("01234567"), hex, hex),
  // Two surrogates make one character; alone they make none.
  sequence(
    unicode(anyOf("dD"), anyOf("89abAB"), hex, hex),
    unicode(anyOf("dD"), anyOf("cdefCDEF"), hex, hex),
  ),
);

/** One character within a string. */
const CHARACTER: Expression = choice(characters(PLAIN), escaped);

const quoted = (content: Expression): Expression => sequence(text('"'), content, text('"'));

/** A string of so many characters (code points). */
export const stringOf = (least = 0, most: number = Number.POSITIVE_INFINITY): Expression =>
  quoted(repeat(CHARACTER, least, most));

const inString = new WeakMap<Expression, Expression>();

/** Characters as a string writes them. */
function written(leaf: Expression & { kind: "characters" }): Expression {
  const before = inString.get(leaf);
  if (before) return before;
  const codes = intersection(leaf.set, ESCAPED).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, place) => first + place),
  );
  const escapes = codes.map((code) => JSON.stringify(String.fromCodePoint(code)).slice(1, -1));
  const made = choice(characters(intersection(leaf.set, PLAIN)), oneOf(escapes));
  inString.set(leaf, made);
  return made;
}

/** A string whose content is one of the texts. What needs an escape is written as `JSON.stringify` does. */
export const stringMatching = (content: Expression): Expression =>
  quoted(rewritten(content, (leaf) => (leaf.kind === "rule" ? leaf : written(leaf))));

/** A string that is none of some names, written without escapes, so that no name hides behind one. */
export function stringBut(names: readonly string[]): Expression {
  const rest = repeat(characters(PLAIN));
  /** What may follow where these ends of names would make a name. */
  const others = (ends: readonly (readonly string[])[]): Expression => {
    const heads = new Map<string, (readonly string[])[]>();
    for (const [head, ...tail] of ends)
      if (head !== undefined) heads.set(head, [...(heads.get(head) ?? []), tail]);
    const strange = sequence(
      characters(intersection(PLAIN, complement(charactersOf([...heads.keys()].join(""))))),
      rest,
    );
    return choice(
      ends.some(({ length }) => length === 0) ? strange : optional(strange),
      ...Array.from(heads, ([head, tails]) =>
        sequence(characters(intersection(PLAIN, charactersOf(head))), others(tails)),
      ),
    );
  };
  return quoted(others(names.map((name) => [...name])));
}

/** A value as `JSON.stringify` writes it. */
export const literal = (value: unknown): Expression => text(JSON.stringify(value) ?? "null");

const integerPart = (most: number): Expression =>
  choice(text("0"), sequence(anyOf("123456789"), repeat(digit, 0, most - 1)));
const MINUS = optional(text("-"));

/** Most digits of a whole number: each has its own `number` in JavaScript. */
export const INTEGER_DIGITS = 15;
const integer: Expression = sequence(MINUS, integerPart(INTEGER_DIGITS));

/** Most digits after the point. What JavaScript writes has no more. */
const FRACTION_DIGITS = 24;
export const FRACTION: Expression = sequence(text("."), repeat(digit, 1, FRACTION_DIGITS));
/** Some digit after the point is not 0. */
export const FRACTION_ABOVE_0: Expression = sequence(
  text("."),
  repeat(text("0"), 0, FRACTION_DIGITS / 2),
  anyOf("123456789"),
  repeat(digit, 0, FRACTION_DIGITS / 2),
);

/** At most 1e308, which is not infinite yet. */
const exponent = sequence(
  anyOf("eE"),
  choice(
    sequence(text("-"), repeat(digit, 1, 3)),
    sequence(
      optional(text("+")),
      choice(
        repeat(digit, 1, 2),
        sequence(anyOf("012"), digit, digit),
        sequence(text("30"), anyOf("01234567")),
      ),
    ),
  ),
);
/** A number that JavaScript can hold; of bounded length, so that a weak model cannot write digits for ever. */
const number: Expression = sequence(
  MINUS,
  choice(sequence(integerPart(21), optional(FRACTION)), sequence(digit, optional(FRACTION), exponent)),
);

export const VALUE: Expression = rule("value");
export const OBJECT: Expression = rule("object");
export const ARRAY: Expression = rule("array");
export const STRING: Expression = rule("string");
export const NUMBER: Expression = rule("number");
export const INTEGER: Expression = rule("integer");

/** What stands between brackets, with white space around. */
export const between = (open: string, content: Expression, close: string): Expression => {
  const some = sequence(nonEmpty(content), SPACE);
  return sequence(text(open), SPACE, content.nullable ? choice(EMPTY, some) : some, text(close));
};

/** One or more, or so many, with commas. */
export const list = (item: Expression, least = 0, most: number = Number.POSITIVE_INFINITY): Expression => {
  if (most === 0) return EMPTY;
  const some = sequence(item, repeat(sequence(COMMA, item), Math.max(0, least - 1), most - 1));
  return least === 0 ? optional(some) : some;
};

/** The rules of JSON itself, which schemas use too. */
export const JSON_RULES: ReadonlyMap<string, Expression> = new Map([
  ["value", choice(OBJECT, ARRAY, STRING, NUMBER, ...["true", "false", "null"].map(text))],
  ["object", between("{", list(sequence(STRING, COLON, VALUE)), "}")],
  ["array", between("[", list(VALUE), "]")],
  ["string", stringOf()],
  ["number", number],
  ["integer", integer],
]);

/** Any JSON object. */
export const jsonGrammar = (): Grammar => ({ start: OBJECT, rules: JSON_RULES });
