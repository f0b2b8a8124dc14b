import { shown } from "../../base/index.ts";
import { fields, invalid, isTable, type PackFile, texts } from "./pack-file.ts";
import { type Pattern, readPattern, type Surroundings } from "./pattern.ts";
import { PatternsOf } from "./patterns-of.ts";

/** How the user writes and how the character says that it does not know. */
export interface Manners {
  /** Seed of what never occurs in training. */
  readonly split: number;
  /** How the character says that it does not know. */
  readonly refusals: readonly Pattern[];
  /** What tells such an answer. */
  readonly marks: readonly string[];
  /** Put before a question. */
  readonly before: readonly Pattern[];
  /** Put after a question, before its mark. */
  readonly after: readonly Pattern[];
  /** Shares of what the user says that are in lower case, without the last mark, in short forms, misspelt, or wrapped by `before` or `after`. */
  readonly mess: Readonly<Record<Mess, number>>;
  /** What is written short. */
  readonly short: ReadonlyMap<string, string>;
}

const MESS = { lower: 0.4, unmarked: 0.4, short: 0.15, typo: 0.06, wrapped: 0.12 } as const;
export type Mess = keyof typeof MESS;

const KEYS = ["split", "refusals", "before", "after", "mess", "short", "phrases"];

/** Reads manners.yaml; what it does not say has its default. */
export function readManners(file: PackFile, surroundings: Surroundings): Manners {
  const fail =
    (key: string) =>
    (what: string): never =>
      invalid(file.path, file.lineOf(key), what);
  const all = fields(file.value ?? new Map(), KEYS, fail(""));
  const patterns = (list: unknown, key: string): readonly Pattern[] =>
    new PatternsOf([], surroundings, fail(key)).read(list, key);
  const refusals = fields(all.get("refusals") ?? new Map(), ["answers", "marks"], fail("refusals"));
  const short = shortForms(all.get("short"), fail("short"));
  const mess = { ...MESS } as Record<Mess, number>;
  for (const [key, value] of fields(all.get("mess") ?? new Map(), Object.keys(MESS), fail("mess"))) {
    const share = Number(value);
    if (!(share >= 0 && share <= 1)) fail("mess")(`${key} is a share from 0 to 1, not ${shown(value)}.`);
    mess[key as Mess] = share;
  }
  const marks = texts(refusals.get("marks"), "marks", fail("refusals"));
  const answers = patterns(refusals.get("answers"), "refusals");
  const split = Number(all.get("split") ?? 1);
  if (!Number.isInteger(split)) fail("split")(`split is a whole number, not ${shown(all.get("split"))}.`);
  return {
    split,
    refusals: answers.length > 0 ? answers : [readPattern("I do not know that yet.", surroundings)],
    marks: marks.length > 0 ? marks : ["do not know"],
    before: patterns(all.get("before"), "before"),
    after: patterns(all.get("after"), "after"),
    mess,
    short,
  };
}

function shortForms(value: unknown, fail: (what: string) => never): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map();
  if (!isTable(value)) return fail(`this must be a map, as { "what is": "what's" }, not ${shown(value)}.`);
  return new Map(
    [...value].map(([key, each]) => {
      const [[long = ""], [short]] = [texts(key, "short", fail), texts(each, "short", fail)];
      return long.trim() === "" || short === undefined
        ? fail(`${shown(key)} has no short form: write { "what is": "what's" }.`)
        : [long, short];
    }),
  );
}
