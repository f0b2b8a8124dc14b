import { ParrotletError, shown } from "../../base/index.ts";
import { type Ask, type Block, type Exchange, holder, type RuleOfPatterns } from "./block.ts";
import type { Condition } from "./expression.ts";
import { fields, isTable, texts } from "./pack-file.ts";
import { type Pattern, readPattern, type Surroundings } from "./pattern.ts";
import { attributeOf, isRow, type Row } from "./row.ts";
import type { Split } from "./split.ts";
import { readSources, type Tables, Variables } from "./variables.ts";

const ASKED = ["asks", "answers", "right", "wrong", "sentences"];
const KEYS = [
  ...["skill", "let", "where", "says", ...ASKED, "turns", "later", "unless", "place"],
  ...["outside", "borrow", "weight", "mess", "hold"],
];

/** All that blocks are read with. */
export interface BlockContext {
  readonly tables: Tables;
  readonly records: ReadonlyMap<string, Row>;
  /** Tables that stand in the character's file: of these there may be few rows, or none. */
  readonly own: ReadonlySet<string>;
  readonly surroundings: Surroundings;
  readonly split: Split;
  readonly refusals: readonly Pattern[];
}

/** A block of which the patterns that it borrows are not known yet. */
export interface BlockDraft {
  readonly skill: string;
  readonly outside: boolean;
  readonly borrow: readonly string[];
  readonly variables: Variables;
  /** Of the exchange that the exam asks. */
  readonly asks: readonly Pattern[];
  finish(borrowed: readonly Ask[], held: ReadonlySet<string>): Block;
}

type Fail = (what: string) => never;

/** Reads a block of a pack; `fail` says where it stands. */
export function readBlock(value: unknown, context: BlockContext, fail: Fail): BlockDraft {
  const block = fields(value, KEYS, fail);
  const skill = text(block.get("skill"), "skill", fail);
  const sources = block.get("let");
  if (sources !== undefined && !isTable(sources)) fail("let: must be a map, as { x: animals }.");
  const named = readSources(sources);
  const guarded = <T>(make: () => T): T => explained(make, fail);
  const names = new Set([...named.keys(), ...context.records.keys()]);
  const needed = new Set<string>();
  const patterns = (list: unknown, what: string): readonly Pattern[] =>
    texts(list, what, fail).flatMap((source) => {
      const pattern = checked(
        guarded(() => readPattern(source, context.surroundings)),
        names,
        context,
        fail,
      );
      if (!canBeSaid(pattern, context.records)) return [];
      for (const path of pattern.attributes) needed.add(path);
      return [pattern];
    });
  const outside = block.get("outside") === true;
  const exchange = (source: ReadonlyMap<string, unknown>): DraftExchange => ({
    asks: patterns(source.get("asks"), "asks"),
    answers: outside ? context.refusals : patterns(source.get("answers"), "answers"),
    rule: readRule(source, outside, patterns, context, fail),
  });
  const drafts = readTurns(block, exchange, fail);
  const later = block.get("later");
  const recall = later === undefined ? undefined : exchange(fields(later, ASKED, fail));
  const borrow = texts(block.get("borrow"), "borrow", fail);
  const says = patterns(block.get("says"), "says");
  const asked = recall ?? drafts.at(-1);
  if (says.length === 0 && borrow.length === 0 && !block.has("asks") && drafts.length === 0)
    fail("a block needs says, asks, turns or borrow.");
  const where = texts(block.get("where"), "where", fail);
  const has = [...needed].filter((path) => named.has(path.split(".")[0] ?? "")).map(hasAttribute);
  const variables = guarded(() => new Variables(named, where, context.tables, context.records, has));
  if (variables.listed?.length === 0 && !dependsOnCharacter([...where, ...named.values()], context))
    fail(`no fact fulfils this: let and where of ${shown(skill)} leave nothing.`);
  const place = readPlace(block.get("place"), fail);
  const weight = Number(block.get("weight") ?? 1);
  if (!(weight >= 0 && weight <= 1000))
    fail(`weight: is a number from 0 to 1000, not ${shown(block.get("weight"))}.`);
  const hold = readHold(block.get("hold"), variables.names, fail);
  return {
    ...{ skill, outside, borrow, variables },
    asks: asked?.asks ?? [],
    finish: (borrowed, held) => {
      const finished = (draft: DraftExchange, last: boolean): Exchange => ({
        ...draft,
        asks: [
          ...draft.asks.map((pattern) => ({ pattern, held: last && held.has(pattern.source) })),
          ...(last ? borrowed : []),
        ],
      });
      return {
        ...{ skill, variables, says, outside, weight },
        turns: drafts.map((draft, i) => finished(draft, !recall && i === drafts.length - 1)),
        later: recall && finished(recall, true),
        unless: texts(block.get("unless"), "unless", fail),
        place,
        mess: block.get("mess") !== false,
        holdsFact: holder(skill, variables, hold, outside, context.split),
      };
    },
  };
}

/** Whether it depends on what a character has: then it may well be nothing. */
const dependsOnCharacter = (sources: readonly unknown[], { records, own }: BlockContext): boolean =>
  [...records.keys()].some((name) => sources.join(" ").includes(`${name}.`)) ||
  sources.some((source) => own.has(/^.+?(?= with | where |$)/.exec(String(source).trim())?.[0] ?? ""));

const readPlace = (value: unknown, fail: Fail): Block["place"] =>
  value === undefined || value === "start" || value === "end"
    ? (value ?? "middle")
    : fail("place: is start or end.");

function readHold(value: unknown, names: readonly string[], fail: Fail): readonly string[] {
  if (value === undefined) return names;
  const hold = texts(value, "hold", fail);
  const strange = hold.find((each) => each !== "none" && !names.includes(each));
  return strange === undefined ? hold : fail(`hold: names ${shown(strange)}, which let does not have.`);
}

/** Whether the characters that a pattern names have what it asks of them: one who has no best friend is not asked about her. */
const canBeSaid = ({ attributes }: Pattern, records: ReadonlyMap<string, Row>): boolean =>
  [...attributes].every((path) => {
    const [name = "", attribute = ""] = path.split(".");
    const record = records.get(name);
    return !record || attributeOf(record, attribute) !== undefined;
  });

/** Rows without an attribute that some pattern needs are not talked about there. */
function hasAttribute(path: string): Condition {
  const [name = "", attribute = ""] = path.split(".");
  return {
    names: new Set([name]),
    holds: (binding) => {
      const bound = binding.get(name);
      return bound !== undefined && isRow(bound) && attributeOf(bound, attribute) !== undefined;
    },
  };
}

interface DraftExchange {
  readonly asks: readonly Pattern[];
  readonly answers: readonly Pattern[];
  readonly rule: RuleOfPatterns | undefined;
}

function readTurns(
  block: ReadonlyMap<string, unknown>,
  exchange: (source: ReadonlyMap<string, unknown>) => DraftExchange,
  fail: Fail,
): readonly DraftExchange[] {
  const turns = block.get("turns");
  if (turns === undefined) return block.has("asks") || block.has("borrow") ? [exchange(block)] : [];
  if (!Array.isArray(turns) || turns.length === 0) return fail("turns: must be a list of { asks, answers }.");
  return turns.map((each: unknown) => exchange(fields(each, ASKED, fail)));
}

function readRule(
  source: ReadonlyMap<string, unknown>,
  outside: boolean,
  patterns: (list: unknown, what: string) => readonly Pattern[],
  { tables }: BlockContext,
  fail: Fail,
): RuleOfPatterns | undefined {
  const sentences = Number(source.get("sentences") ?? 0);
  const right = source.get("right");
  if (outside) return { right: [], wrong: [], refuses: true, sentences: 0 };
  if (right === undefined && sentences === 0) return undefined;
  const lists: readonly unknown[] = right === undefined ? [] : Array.isArray(right) ? right : [right];
  const wrong = source.get("wrong");
  const table = typeof wrong === "string" ? tables.get(wrong) : undefined;
  if (typeof wrong === "string" && !table)
    fail(`wrong: names the table ${shown(wrong)}, which is not there; write a list of texts, or a table.`);
  return {
    right: lists.map((list) => patterns(list, "right")),
    wrong: table
      ? patterns(
          table.map(({ name }) => name),
          "wrong",
        )
      : patterns(wrong, "wrong"),
    refuses: false,
    sentences,
  };
}

/** A pattern that names only what there is. */
function checked(
  pattern: Pattern,
  known: ReadonlySet<string>,
  { surroundings, records }: BlockContext,
  fail: Fail,
): Pattern {
  for (const name of pattern.names) {
    if (!known.has(name) && !records.has(name) && !surroundings.phrase(name)) {
      fail(
        `the pattern ${shown(pattern.source)} names ${shown(name)}, which is no variable, record, phrase or table.`,
      );
    }
  }
  return pattern;
}

function text(value: unknown, what: string, fail: Fail): string {
  return typeof value === "string" && value.trim() !== ""
    ? value.trim()
    : fail(`${what}: must be a text, not ${shown(value)}.`);
}

/** Says where, if a pattern or a condition is wrong. */
export function explained<T>(make: () => T, fail: Fail): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ParrotletError) return fail(error.message);
    throw error;
  }
}
