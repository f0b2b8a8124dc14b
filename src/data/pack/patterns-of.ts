import { shown } from "../../base/index.ts";
import type { Condition } from "./expression.ts";
import { explained, texts } from "./pack-file.ts";
import { type Pattern, readPattern, type Surroundings } from "./pattern.ts";
import { has, isRow } from "./row.ts";

type Fail = (what: string) => never;

/** The patterns of one block, story or list of phrases: all of them know the same variables. */
export class PatternsOf {
  readonly #variables: ReadonlySet<string>;
  readonly #surroundings: Surroundings;
  readonly #fail: Fail;
  readonly #needed = new Set<string>();

  constructor(variables: Iterable<string>, surroundings: Surroundings, fail: Fail) {
    this.#variables = new Set(variables);
    this.#surroundings = surroundings;
    this.#fail = fail;
  }

  /** Reads a text or a list of them, but for what this character cannot say: one who has no best friend is not asked about her. */
  read(list: unknown, what: string): readonly Pattern[] {
    return texts(list, what, this.#fail).flatMap((source) => {
      const pattern = explained(() => readPattern(source, this.#surroundings), this.#fail);
      for (const name of pattern.names) this.#check(name, source);
      if (!canBeSaid(pattern, this.#variables, this.#surroundings)) return [];
      for (const path of pattern.attributes) this.#needed.add(path);
      return [pattern];
    });
  }

  /** Rows without an attribute that some pattern needs are not talked about there. */
  conditions(): readonly Condition[] {
    return [...this.#needed].filter((path) => this.#variables.has(ownerOf(path))).map(hasAttribute);
  }

  #check(name: string, source: string): void {
    const { records, phrase } = this.#surroundings;
    if (this.#variables.has(name) || records.has(name) || phrase(name)) return;
    this.#fail(
      `the pattern ${shown(source)} names ${shown(name)}, which is no variable, record, phrase or table.`,
    );
  }
}

const ownerOf = (path: string): string => path.split(".")[0] ?? "";
const attributeIn = (path: string): string => path.split(".")[1] ?? "";

/** Whether records have what a pattern asks of them, and its phrases are there in some way. */
export function canBeSaid(
  { names, attributes }: Pattern,
  variables: ReadonlySet<string>,
  { records, phrase }: Surroundings,
): boolean {
  const there = (path: string): boolean => {
    const record = variables.has(ownerOf(path)) ? undefined : records.get(ownerOf(path));
    return !record || has(record, attributeIn(path));
  };
  return (
    [...attributes].every(there) &&
    [...names].every((name) => variables.has(name) || records.has(name) || phrase(name)?.length !== 0)
  );
}

function hasAttribute(path: string): Condition {
  const name = ownerOf(path);
  return {
    names: new Set([name]),
    holds: (binding) => {
      const bound = binding.get(name);
      return bound !== undefined && isRow(bound) && has(bound, attributeIn(path));
    },
  };
}
