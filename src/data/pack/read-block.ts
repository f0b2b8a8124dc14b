import { closest, shown } from "../../base/index.ts";
import { type Ask, type Block, type Exchange, holder, type RuleOfPatterns } from "./block.ts";
import { explained, fields, isTable, label, texts } from "./pack-file.ts";
import type { Pattern, Surroundings } from "./pattern.ts";
import { PatternsOf } from "./patterns-of.ts";
import type { Row } from "./row.ts";
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
  /** Refuses a block that borrows only from skills that are not there, or is silent because of one. */
  checkSkills(skills: ReadonlySet<string>): void;
  finish(borrowed: readonly Ask[], held: ReadonlySet<string>): Block;
}

type Fail = (what: string) => never;

/** Reads a block of a pack; `fail` says where it stands. */
export function readBlock(value: unknown, context: BlockContext, fail: Fail): BlockDraft {
  const block = fields(value, KEYS, fail);
  const skill = label(block.get("skill"), "skill", fail);
  const sources = block.get("let");
  if (sources !== undefined && !isTable(sources)) fail("let: must be a map, as { x: animals }.");
  const named = readSources(sources);
  const readable = new PatternsOf(named.keys(), context.surroundings, fail);
  const patterns = (list: unknown, what: string): readonly Pattern[] => readable.read(list, what);
  const outside = truth(block.get("outside"), "outside", false, fail);
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
  const has = readable.conditions();
  const variables = explained(() => new Variables(named, where, context.tables, context.records, has), fail);
  if (variables.listed?.length === 0 && !dependsOnCharacter([...where, ...named.values()], context))
    fail(`no fact fulfils this: let and where of ${shown(skill)} leave nothing.`);
  const place = readPlace(block.get("place"), fail);
  const weight = Number(block.get("weight") ?? 1);
  if (!(weight >= 0 && weight <= 1000))
    fail(`weight: is a number from 0 to 1000, not ${shown(block.get("weight"))}.`);
  const hold = readHold(block.get("hold"), variables.names, fail);
  const unless = texts(block.get("unless"), "unless", fail);
  const mess = truth(block.get("mess"), "mess", true, fail);
  return {
    ...{ skill, outside, borrow, variables },
    checkSkills: (skills) => {
      // Who borrows from several may name one that a smaller world does not have.
      const lost = borrow.some((each) => skills.has(each)) ? [] : borrow;
      for (const each of [...lost, ...unless]) if (!skills.has(each)) fail(noSkill(each, skills));
    },
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
        ...{ unless, place, mess },
        holdsFact: holder(skill, variables, hold, outside, context.split),
      };
    },
  };
}

function noSkill(skill: string, skills: ReadonlySet<string>): string {
  const meant = closest(skill, skills);
  return `no block has the skill ${shown(skill)}.${meant ? ` Did you mean ${meant}?` : ""}`;
}

function truth(value: unknown, what: string, usual: boolean, fail: Fail): boolean {
  if (value === undefined || value === null) return usual;
  return typeof value === "boolean" ? value : fail(`${what}: is true or false, not ${shown(value)}.`);
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
  if (!(Number.isInteger(sentences) && sentences >= 0 && sentences <= 100))
    fail(`sentences: is a whole number up to 100, not ${shown(source.get("sentences"))}.`);
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
