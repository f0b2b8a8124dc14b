import { closest, ParrotletError, Rng, shown } from "../../base/index.ts";
import { type Condition, readCondition, readExpression } from "./expression.ts";
import { type Binding, type Bound, has, type Row, valueIn } from "./row.ts";

export type Tables = ReadonlyMap<string, readonly Row[]>;

/** What a variable can stand for, given those before it. */
type Candidates = (binding: Binding) => readonly Bound[];

interface Variable {
  readonly name: string;
  readonly candidates: Candidates;
  /** Conditions that can be told once this variable is known. */
  readonly conditions: readonly Condition[];
}

/** Combinations that are listed; of more, some are drawn. */
const MOST_LISTED = 1500;
const MOST_TRIED = 20_000;
const MOST_DRAWS = 2000;
const MOST_VARIABLES = 20;
/** Characters of a source: some are taken apart by expressions that take the square of their length. */
const LONGEST = 1000;

/** The variables of a block: every combination is a fact that it can speak of. */
export class Variables {
  readonly names: readonly string[];
  /** All combinations, if they are few enough to be listed; none where none could be found. */
  readonly listed: readonly Binding[] | undefined;
  readonly #variables: readonly Variable[];

  /**
   * @param sources What each variable comes from, as the pack says.
   * @param more Conditions beside those that are written.
   * @throws {ParrotletError} `pattern-invalid`.
   */
  constructor(
    sources: ReadonlyMap<string, unknown>,
    where: readonly string[],
    tables: Tables,
    records: ReadonlyMap<string, Row>,
    more: readonly Condition[] = [],
  ) {
    this.names = [...sources.keys()];
    if (this.names.length > MOST_VARIABLES) {
      const message = `let: has ${this.names.length} variables; ${MOST_VARIABLES} is the most.`;
      throw new ParrotletError("pattern-invalid", message);
    }
    const known = new Set(this.names);
    const conditions = [...where.map((source) => readCondition(source, records, known)), ...more];
    const before = new Set<string>();
    this.#variables = [...sources].map(([name, source]) => {
      const candidates = readCandidates(name, source, tables, records, before);
      before.add(name);
      const ready = conditions.filter(
        ({ names }) =>
          [...names].every((each) => before.has(each) || records.has(each)) &&
          (names.has(name) || before.size === 1),
      );
      return { name, candidates, conditions: ready };
    });
    // Without variables there is one fact, or none.
    const none = sources.size === 0 && !conditions.every(({ holds }) => holds(new Map()));
    this.listed = none ? [] : (this.#list() ?? (this.#hasSome() ? undefined : []));
  }

  /** A combination at random. @returns Nothing where none fulfils the conditions. */
  draw(rng: Rng): Binding | undefined {
    if (this.listed) return this.listed[rng.below(this.listed.length)];
    for (let tried = 0; tried < MOST_DRAWS; tried++) {
      const binding = this.#drawn(rng);
      if (binding) return binding;
    }
    return undefined;
  }

  #drawn(rng: Rng): Binding | undefined {
    const binding = new Map<string, Bound>();
    for (const { name, candidates, conditions } of this.#variables) {
      const all = candidates(binding);
      const one = all[rng.below(all.length)];
      if (one === undefined) return undefined;
      binding.set(name, one);
      if (!conditions.every(({ holds }) => holds(binding))) return undefined;
    }
    return binding;
  }

  /** Whether one of very many combinations can be found at all: else each draw would be long and in vain. */
  #hasSome(): boolean {
    const rng = new Rng(0);
    for (let tried = 0; tried < MOST_TRIED; tried++) if (this.#drawn(rng)) return true;
    return false;
  }

  #list(): readonly Binding[] | undefined {
    const list: Binding[] = [];
    let tried = 0;
    const walk = (at: number, binding: Map<string, Bound>): boolean => {
      const variable = this.#variables[at];
      if (!variable) return list.push(new Map(binding)) <= MOST_LISTED;
      for (const one of variable.candidates(binding)) {
        if (++tried > MOST_TRIED) return false;
        binding.set(variable.name, one);
        if (variable.conditions.every(({ holds }) => holds(binding)) && !walk(at + 1, binding)) return false;
        binding.delete(variable.name);
      }
      return true;
    };
    return walk(0, new Map()) ? list : undefined;
  }
}

/**
 * What `let` says, by variable. In YAML's braces a comma ends a value: in `{ x: animals with color, home }` the `home`, which has
 * no value, belongs to the list before it.
 */
export function readSources(value: unknown): Map<string, unknown> {
  const sources = new Map<string, unknown>();
  let last = "";
  for (const [key, each] of value instanceof Map ? value : []) {
    const before = sources.get(last);
    if (each === null && typeof before === "string" && before.includes(" with ")) {
      sources.set(last, `${before}, ${key}`);
    } else {
      last = String(key);
      sources.set(last, each);
    }
  }
  return sources;
}

function readCandidates(
  name: string,
  source: unknown,
  tables: Tables,
  records: ReadonlyMap<string, Row>,
  before: ReadonlySet<string>,
): Candidates {
  if (Array.isArray(source))
    return constant(source.map((each) => (typeof each === "number" ? each : String(each))));
  if (source === null || source === undefined) {
    const message = `${name}: comes from nothing. Put a source that has commas in quotes: "animals with color, home".`;
    throw new ParrotletError("pattern-invalid", message);
  }
  const text = String(source).trim();
  if (text.length > LONGEST) {
    const message = `${name}: comes from ${text.length} characters; ${LONGEST} is the most.`;
    throw new ParrotletError("pattern-invalid", message);
  }
  if (text.startsWith("=")) {
    const value = readExpression(text.slice(1), records, before);
    return (binding) => {
      const found = value(binding);
      return typeof found === "string" || typeof found === "number" ? [found] : [];
    };
  }
  const range = /^(\d{1,4})\.\.(\d{1,4})$/.exec(text);
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    return constant(Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i));
  }
  const [path = "", owner = "", attribute = ""] = /^([\p{L}\d]+)\.([\p{L}\d]+)$/u.exec(text) ?? [];
  if (path !== "") return fromAttribute(owner, attribute, tables, records, before);
  return fromTable(name, text, tables, records);
}

const constant =
  (all: readonly Bound[]): Candidates =>
  () =>
    all;

const byName = new WeakMap<Tables, ReadonlyMap<string, Row>>();

function rowsByName(tables: Tables): ReadonlyMap<string, Row> {
  const known = byName.get(tables) ?? new Map([...tables.values()].flat().map((row) => [row.name, row]));
  byName.set(tables, known);
  return known;
}

/** The texts of a list attribute; those that a table has as names are its rows. */
function fromAttribute(
  owner: string,
  attribute: string,
  tables: Tables,
  records: ReadonlyMap<string, Row>,
  before: ReadonlySet<string>,
): Candidates {
  if (!before.has(owner) && !records.has(owner)) {
    throw new ParrotletError(
      "pattern-invalid",
      `Nothing is called ${shown(owner)} in let: ${owner}.${attribute}.`,
    );
  }
  const rows = rowsByName(tables);
  return (binding) => {
    const bound = binding.get(owner) ?? records.get(owner);
    const value = valueIn(bound, attribute);
    if (value === undefined) return [];
    return [value].flat().map((each) => (typeof each === "string" ? (rows.get(each) ?? each) : each));
  };
}

function fromTable(
  name: string,
  text: string,
  tables: Tables,
  records: ReadonlyMap<string, Row>,
): Candidates {
  const [, table = text, attributes, where] = /^(.+?)(?: with (.+?))?(?: where (.+))?$/.exec(text) ?? [];
  const rows = tables.get(table);
  if (!rows) {
    const meant = closest(table, tables.keys());
    const hint = meant ? ` Did you mean ${meant}?` : ` Tables are ${[...tables.keys()].join(", ")}.`;
    const own = ` If it is one of the character's own, write ${table}: [] in its file.`;
    throw new ParrotletError(
      "pattern-invalid",
      `There is no table ${shown(table)} for ${name}.${hint}${own}`,
    );
  }
  const needed = attributes?.split(/,| and /).map((each) => each.trim()) ?? [];
  const self = new Set(["row"]);
  const conditions = (where?.split(" and ") ?? []).map((each) =>
    readCondition(`row.${each.trim()}`, records, self),
  );
  return constant(
    rows.filter(
      (row) =>
        needed.every((each) => has(row, each)) &&
        conditions.every(({ holds }) => holds(new Map([["row", row]]))),
    ),
  );
}
