import { ParrotletError, shown } from "../../base/index.ts";
import { attributeOf, type Binding, isRow, nameOf, type Row, type Value } from "./row.ts";

/** Finds a variable's value. */
export type Expression = (binding: Binding) => Value | undefined;

export interface Condition {
  /** The variables that it needs. */
  readonly names: ReadonlySet<string>;
  readonly holds: (binding: Binding) => boolean;
}

/** Characters: what takes conditions apart takes the square of their length. */
const LONGEST = 1000;

const fail = (source: string, what: string): never => {
  throw new ParrotletError("pattern-invalid", `In ${shown(source)} ${what}.`);
};

/** A number, a path such as `x.size`, a word, or sums and differences of numbers and paths. */
export function readExpression(
  source: string,
  records: ReadonlyMap<string, Row>,
  variables: ReadonlySet<string>,
  names: Set<string> = new Set(),
): Expression {
  const terms = source.trim().split(/\s+([+-])\s+/);
  const read = (term: string): Expression => {
    if (/^\d+$/.test(term)) return () => Number(term);
    const [name = "", attribute] = term.split(".");
    const record = records.get(name);
    if (!record && !variables.has(name)) {
      // A word is itself; nothing can be added to it.
      return attribute === undefined && terms.length === 1
        ? () => term
        : fail(source, `nothing is called ${shown(name)}`);
    }
    names.add(name);
    return (binding) => {
      const bound = binding.get(name) ?? record;
      if (bound === undefined) return undefined;
      if (isRow(bound)) return attributeOf(bound, attribute ?? "name");
      return attribute === undefined ? bound : undefined;
    };
  };
  const first = read(terms[0] ?? "");
  if (terms.length === 1) return first;
  const rest = terms
    .slice(1)
    .flatMap((term, i) => (i % 2 === 1 ? [{ sign: terms[i] === "-" ? -1 : 1, value: read(term) }] : []));
  return (binding) => {
    let sum = Number(first(binding));
    for (const { sign, value } of rest) sum += sign * Number(value(binding));
    return sum;
  };
}

const COMPARE: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "=": (a, b) => String(a) === String(b),
  "!=": (a, b) => String(a) !== String(b),
  "<": (a, b) => Number(a) < Number(b),
  ">": (a, b) => Number(a) > Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
  has: (a, b) => [a].flat().map(String).includes(String(b)),
  lacks: (a, b) => ![a].flat().map(String).includes(String(b)),
};

/** `x.size > y.size`, `a + b <= 20`, `x.can has swim`. What has no such attribute never fulfils a condition. */
export function readCondition(
  source: string,
  records: ReadonlyMap<string, Row>,
  variables: ReadonlySet<string>,
): Condition {
  if (source.length > LONGEST) return fail(source, `are more than ${LONGEST} characters`);
  const parts = /^(.+?)\s+(<=|>=|!=|=|<|>|has|lacks)\s+(.+)$/.exec(source.trim());
  const compare = COMPARE[parts?.[2] ?? ""];
  if (!parts || !compare)
    return fail(source, "there is no comparison: write a < b, with = != < > <= >= has or lacks");
  const names = new Set<string>();
  const [left, right] = [parts[1], parts[3]].map((side) =>
    readExpression(side ?? "", records, variables, names),
  );
  return {
    names,
    holds: (binding) => {
      const [a, b] = [left?.(binding), right?.(binding)];
      return a !== undefined && b !== undefined && compare(a, b);
    },
  };
}

/** Tells bindings apart: the names of these variables. */
export const keyOf = (binding: Binding, variables: readonly string[]): string =>
  variables.map((name) => `${name}=${nameOf(binding.get(name) ?? "")}`).join("&");
