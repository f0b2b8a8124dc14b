import { ANY_CHARACTER, type CharacterSet, intersection } from "./character-set.ts";
import { characters, type Expression, NOTHING, rewritten } from "./expression.ts";
import { refused } from "./refused.ts";

/** The texts that a format allows. */
export interface Grammar {
  readonly start: Expression;
  readonly rules: ReadonlyMap<string, Expression>;
}

/**
 * A grammar of which every part leads to an end with the characters there are: whatever matches a beginning can be completed.
 *
 * @throws {ParrotletError} `generation-config`, with the characters that are missing, where no text is left.
 */
export function completable(grammar: Grammar, available: CharacterSet = ANY_CHARACTER): Grammar {
  const possible = possibleRules(grammar, available);
  const known = new Map<Expression, Expression>();
  const reduce = (expression: Expression): Expression =>
    rewritten(
      expression,
      (leaf) => {
        if (leaf.kind === "rule") return possible.has(leaf.name) ? leaf : NOTHING;
        return characters(intersection(leaf.set, available));
      },
      known,
    );
  const start = reduce(grammar.start);
  if (start === NOTHING) throw impossible(grammar, available);
  const rules = new Map<string, Expression>();
  for (const [name, expression] of grammar.rules) if (possible.has(name)) rules.set(name, reduce(expression));
  refuseLeftRecursion(rules);
  return { start, rules };
}

/** The rules that some text matches. */
function possibleRules({ rules }: Grammar, available: CharacterSet): Set<string> {
  const possible = new Set<string>();
  // What is possible may make those possible that name it.
  const naming = new Map<string, string[]>();
  for (const [name, expression] of rules)
    for (const other of rulesIn(expression)) naming.set(other, [...(naming.get(other) ?? []), name]);
  const open = [...rules.keys()].reverse();
  for (const name of open) {
    const expression = rules.get(name);
    if (possible.has(name) || !expression || !isPossible(expression, possible, available)) continue;
    possible.add(name);
    open.push(...(naming.get(name) ?? []));
  }
  return possible;
}

/** Whether some text matches, of which the rules are possible ones. */
function isPossible(start: Expression, possible: ReadonlySet<string>, available: CharacterSet): boolean {
  const known = new Map<Expression, boolean>();
  const visit = (expression: Expression): boolean => {
    const answer = known.get(expression) ?? examine(expression);
    known.set(expression, answer);
    return answer;
  };
  const examine = (expression: Expression): boolean => {
    if (expression.kind === "characters") return intersection(expression.set, available).length > 0;
    if (expression.kind === "rule") return possible.has(expression.name);
    if (expression.kind === "repeat") return expression.least === 0 || visit(expression.part);
    if (expression.kind === "choice") return expression.parts.some(visit);
    return expression.parts.every(visit);
  };
  return visit(start);
}

/** The rules that an expression names. */
function rulesIn(start: Expression): Set<string> {
  const found = new Set<string>();
  const seen = new Set<Expression>([start]);
  for (const expression of seen) {
    if (expression.kind === "rule") found.add(expression.name);
    else if (expression.kind === "repeat") seen.add(expression.part);
    else if (expression.kind !== "characters") for (const part of expression.parts) seen.add(part);
  }
  return found;
}

/** A rule that may begin with itself would be entered without end. */
function refuseLeftRecursion(rules: ReadonlyMap<string, Expression>): void {
  const done = new Set<string>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (open.has(name)) throw refused(`format.schema: ${name} refers to itself with nothing in between.`);
    open.add(name);
    const expression = rules.get(name);
    if (expression) for (const first of firstRules(expression)) visit(first);
    open.delete(name);
    done.add(name);
  };
  for (const name of rules.keys()) visit(name);
}

/** The rules that texts of an expression may begin with. */
function firstRules(expression: Expression, found: Set<string> = new Set(), seen = new Set<Expression>()) {
  if (seen.has(expression)) return found;
  seen.add(expression);
  if (expression.kind === "rule") found.add(expression.name);
  else if (expression.kind === "repeat") firstRules(expression.part, found, seen);
  else if (expression.kind === "choice") for (const part of expression.parts) firstRules(part, found, seen);
  else if (expression.kind === "sequence") {
    for (const part of expression.parts) {
      firstRules(part, found, seen);
      if (!part.nullable) break;
    }
  }
  return found;
}

const MOST_SHOWN = 20;

function impossible(grammar: Grammar, available: CharacterSet): Error {
  const missing = [...(missingCharacters(grammar, available) ?? [])];
  if (missing.length === 0) return refused("format matches no text at all.");
  const some = missing.slice(0, MOST_SHOWN).map((character) => JSON.stringify(character));
  const more = missing.length > MOST_SHOWN ? ` and ${missing.length - MOST_SHOWN} others` : "";
  return refused(
    `format needs characters that the model's vocabulary does not have: ${some.join(", ")}${more}. ` +
      "Ask for a format of characters that it knows, or take another model.",
  );
}

/** Characters that would make a text possible: of several ways, those of the one that lacks least. Nothing where no way is left. */
function missingCharacters({ start, rules }: Grammar, available: CharacterSet): Set<string> | undefined {
  const known = new Map<Expression, Set<string> | undefined>();
  const open = new Set<Expression>();
  const visit = (expression: Expression): Set<string> | undefined => {
    if (known.has(expression)) return known.get(expression);
    if (open.has(expression)) return undefined;
    open.add(expression);
    const missing = find(expression);
    open.delete(expression);
    known.set(expression, missing);
    return missing;
  };
  const all = (parts: readonly Expression[]): Set<string> | undefined => {
    const sets = parts.map(visit);
    return sets.includes(undefined) ? undefined : new Set(sets.flatMap((set) => [...(set ?? [])]));
  };
  const find = (expression: Expression): Set<string> | undefined => {
    if (expression.nullable) return new Set();
    if (expression.kind === "characters") return lacking(expression.set, available);
    if (expression.kind === "sequence") return all(expression.parts);
    if (expression.kind === "repeat") return visit(expression.part);
    if (expression.kind === "rule") return visit(rules.get(expression.name) ?? NOTHING);
    const ways = expression.parts.map(visit).filter((set) => set !== undefined);
    return ways.reduce<Set<string> | undefined>((a, b) => (a && a.size <= b.size ? a : b), undefined);
  };
  return visit(start);
}

function lacking(set: CharacterSet, available: CharacterSet): Set<string> {
  if (intersection(set, available).length > 0) return new Set();
  return new Set([String.fromCodePoint(set[0]?.[0] ?? 0)]);
}
