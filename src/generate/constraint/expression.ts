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

const known = new WeakMap<CharacterSet, Expression>();

/** One character of a set; surrogates are none. The same set gives the same expression. */
export function characters(set: CharacterSet): Expression {
  const before = known.get(set);
  if (before) return before;
  const valid = intersection(set, ANY_CHARACTER);
  const made: Expression = valid.length === 0 ? NOTHING : { kind: "characters", set: valid, nullable: false };
  known.set(set, made);
  return made;
}

const single: readonly Expression[] = Array.from({ length: 128 }, (_, code) => characters([[code, code]]));

/** One of the characters of a text. */
export const anyOf = (text: string): Expression =>
  (text.length === 1 ? single[text.charCodeAt(0)] : undefined) ?? characters(charactersOf(text));

export const text = (content: string): Expression =>
  sequenceOf(Array.from(content, (character) => anyOf(character)));

export const sequence = (...parts: readonly Expression[]): Expression => sequenceOf(parts);

export function sequenceOf(parts: readonly Expression[]): Expression {
  if (parts.includes(NOTHING)) return NOTHING;
  const rest = parts.filter((part) => part !== EMPTY);
  const [first] = rest;
  if (!first) return EMPTY;
  if (rest.length === 1) return first;
  return { kind: "sequence", parts: rest, nullable: rest.every(({ nullable }) => nullable) };
}

export const choice = (...parts: readonly Expression[]): Expression => choiceOf(parts);

export function choiceOf(parts: readonly Expression[]): Expression {
  const rest = [...new Set(parts)].filter((part) => part !== NOTHING);
  const [first] = rest;
  if (!first) return NOTHING;
  if (rest.length === 1) return first;
  return { kind: "choice", parts: rest, nullable: rest.some(({ nullable }) => nullable) };
}

/** One of several texts. They share what they begin with, so that few ways are open at once. */
export function oneOf(texts: readonly string[]): Expression {
  const [first] = texts;
  if (first === undefined) return NOTHING;
  if (texts.length === 1) return text(first);
  let common = 0;
  while (common < first.length && texts.every((each) => each[common] === first[common])) common++;
  // No character is cut in two.
  if (/[\ud800-\udbff]/.test(first[common - 1] ?? "")) common--;
  const groups = new Map<string, string[]>();
  for (const each of texts) {
    const rest = each.slice(common);
    const head = String.fromCodePoint(...[rest.codePointAt(0)].filter((code) => code !== undefined));
    const group = groups.get(head);
    if (group) group.push(rest);
    else groups.set(head, [rest]);
  }
  return sequence(
    text(first.slice(0, common)),
    choiceOf(Array.from(groups, ([head, rests]) => (head === "" ? EMPTY : oneOf(rests)))),
  );
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
  if (expression.kind === "choice") return choiceOf(expression.parts.map(nonEmpty));
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
  if (expression.kind === "sequence") result = sequenceOf(expression.parts.map(again));
  else if (expression.kind === "choice") result = choiceOf(expression.parts.map(again));
  else if (expression.kind === "repeat")
    result = repeat(again(expression.part), expression.least, expression.most);
  else result = replace(expression);
  known.set(expression, result);
  return result;
}
