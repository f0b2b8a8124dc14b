import { ANY_CHARACTER, type CharacterSet, charactersOf, intersection } from "./character-set.ts";

/**
 * A set of texts. Made by the functions below, which keep what the rest relies on: `NOTHING` is never a part of another, and what is
 * repeated a counted number of times is never empty. One may be part of several others: it is walked with a memory of what was seen.
 */
export type Expression = { /** Whether the empty text is one of the texts. */ readonly nullable: boolean } & (
  | { readonly kind: "characters"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  | { readonly kind: "choice"; readonly parts: readonly Expression[] }
  | { readonly kind: "repeat"; readonly part: Expression; readonly least: number; readonly most: number }
  /** A rule of the grammar, which may lead back to itself. It never is empty. */
  | { readonly kind: "rule"; readonly name: string }
);

/** The empty text alone. */
export const EMPTY: Expression = { kind: "sequence", parts: [], nullable: true };
/** No text at all. */
export const NOTHING: Expression = { kind: "choice", parts: [], nullable: false };

/** One character of a set; surrogates are none. */
export function characters(set: CharacterSet): Expression {
  const valid = intersection(set, ANY_CHARACTER);
  return valid.length === 0 ? NOTHING : { kind: "characters", set: valid, nullable: false };
}

/** One of the characters of a text. */
export const anyOf = (text: string): Expression => characters(charactersOf(text));

export const text = (content: string): Expression =>
  sequence(...Array.from(content, (character) => anyOf(character)));

export function sequence(...parts: readonly Expression[]): Expression {
  if (parts.includes(NOTHING)) return NOTHING;
  const rest = parts.filter((part) => part !== EMPTY);
  const [first] = rest;
  if (!first) return EMPTY;
  if (rest.length === 1) return first;
  return { kind: "sequence", parts: rest, nullable: rest.every(({ nullable }) => nullable) };
}

export function choice(...parts: readonly Expression[]): Expression {
  const rest = [...new Set(parts)].filter((part) => part !== NOTHING);
  const [first] = rest;
  if (!first) return NOTHING;
  if (rest.length === 1) return first;
  return { kind: "choice", parts: rest, nullable: rest.some(({ nullable }) => nullable) };
}

export const optional = (part: Expression): Expression => choice(part, EMPTY);

export const rule = (name: string): Expression => ({ kind: "rule", name, nullable: false });

/** A part again and again. An empty part that is counted would be counted in as many ways as there are numbers: it is left out. */
export function repeat(part: Expression, least = 0, most: number = Number.POSITIVE_INFINITY): Expression {
  if (most === 0 || part === EMPTY) return EMPTY;
  if (part === NOTHING) return least === 0 ? EMPTY : NOTHING;
  if (least <= 1 && most === 1) return least === 1 ? part : optional(part);
  const counted = least > 1 || most !== Number.POSITIVE_INFINITY;
  if (counted && part.nullable) return repeat(nonEmpty(part), 0, most);
  return { kind: "repeat", part, least, most, nullable: least === 0 || part.nullable };
}

/** The same texts but the empty one. */
export function nonEmpty(expression: Expression): Expression {
  if (!expression.nullable) return expression;
  if (expression.kind === "choice") return choice(...expression.parts.map(nonEmpty));
  if (expression.kind === "repeat") {
    const { part, most } = expression;
    return repeat(nonEmpty(part), 1, most);
  }
  if (expression.kind !== "sequence") return expression;
  // All parts may be empty: one of them is the first that is not.
  const { parts } = expression;
  return choice(...parts.map((part, place) => sequence(nonEmpty(part), ...parts.slice(place + 1))));
}

/** The same with every set of characters replaced, and every rule. */
export function rewritten(
  expression: Expression,
  replace: (leaf: Expression & { kind: "characters" | "rule" }) => Expression,
  known: Map<Expression, Expression> = new Map(),
): Expression {
  const before = known.get(expression);
  if (before) return before;
  const again = (part: Expression): Expression => rewritten(part, replace, known);
  let result: Expression;
  if (expression.kind === "sequence") result = sequence(...expression.parts.map(again));
  else if (expression.kind === "choice") result = choice(...expression.parts.map(again));
  else if (expression.kind === "repeat")
    result = repeat(again(expression.part), expression.least, expression.most);
  else result = replace(expression);
  known.set(expression, result);
  return result;
}
