import { ANY_CHARACTER } from "./character-set.ts";
import { characters, choiceOf, EMPTY, type Expression, repeat, sequence } from "./expression.ts";
import type { Grammar } from "./grammar.ts";
import { parsePattern } from "./pattern-parser.ts";

/** The texts that match a regular expression from beginning to end. */
export function regexGrammar(pattern: unknown): Grammar {
  const ways = parsePattern(pattern, "format.pattern");
  return { start: choiceOf(ways.map(({ expression }) => expression)), rules: new Map() };
}

/** The texts in which a regular expression matches some part, as a schema's `pattern` does. */
export function containingPattern(pattern: unknown, where: string): Expression {
  const anything = repeat(characters(ANY_CHARACTER));
  return choiceOf(
    parsePattern(pattern, where).map(({ expression, begins, ends }) =>
      sequence(begins ? EMPTY : anything, expression, ends ? EMPTY : anything),
    ),
  );
}
