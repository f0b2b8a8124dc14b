import { closest, ParrotletError, shown } from "../../base/index.ts";
import type { Ask, Block } from "./block.ts";
import { type Manners, readManners } from "./manners.ts";
import { explained, invalid, isTable, type PackFile, readPackFile, texts } from "./pack-file.ts";
import { type Pattern, readPattern, type Surroundings } from "./pattern.ts";
import { canBeSaid } from "./patterns-of.ts";
import { type BlockContext, type BlockDraft, readBlock } from "./read-block.ts";
import type { Row } from "./row.ts";
import { Split } from "./split.ts";
import { readStory, type Story, storyPattern } from "./story.ts";
import { readRow, readTable } from "./tables.ts";

/** A character with its world: all that text and an exam are made from. */
export interface Pack {
  /** As its file is called. */
  readonly name: string;
  /** What the character is called. */
  readonly character: string;
  readonly blocks: readonly Block[];
  readonly stories: readonly Story[];
  readonly manners: Manners;
  readonly tables: ReadonlyMap<string, readonly Row[]>;
}

const CHARACTER = "me";
const MANNERS = "manners.yaml";
/** Blocks, and stories: each may keep some hundred kilobytes of combinations. */
const MOST_ENTRIES = 3000;
/** Phrases that name phrases that name phrases... */
const MOST_NESTED = 40;

/**
 * Reads a pack.
 *
 * @param files Texts by their paths in the pack's folder: `pip.yaml`, `manners.yaml`, `world/animals.yaml`, `patterns/...`, `stories/...`.
 * @param name Of the character's file, without `.yaml`.
 * @throws {ParrotletError} `pack-invalid`, with the file and the line.
 */
export function readPack(files: ReadonlyMap<string, string>, name: string): Pack {
  const own = `${name}.yaml`;
  const text = files.get(own);
  if (text === undefined) {
    throw new ParrotletError("pack-invalid", `There is no character ${shown(name)}: ${own} is missing.`);
  }
  const character = readPackFile(own, text);
  const inFolder = (folder: string): PackFile[] =>
    [...files]
      .filter(([path]) => path.startsWith(`${folder}/`) && /\.ya?ml$/i.test(path))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, each]) => readPackFile(path, each));
  const { tables, records } = readWorld(inFolder("world"), character);
  const stories: Story[] = [];
  const mannersFile = readPackFile(MANNERS, files.get(MANNERS) ?? "");
  const surroundings = surroundingsOf(mannersFile, tables, records, stories);
  const manners = readManners(mannersFile, surroundings);
  const split = new Split(manners.split);
  const ownTables = new Set(isTable(character.value) ? [...character.value.keys()].map(String) : []);
  const context: BlockContext = {
    tables,
    records,
    own: ownTables,
    surroundings,
    split,
    refusals: manners.refusals,
  };
  for (const [value, fail] of entriesOf(inFolder("stories").map((file) => [file])))
    stories.push(...readStory(value, context, fail));
  const written = entriesOf([...inFolder("patterns").map((file) => [file] as const), [character, "blocks"]]);
  const drafts = written.map(([value, fail]) => readBlock(value, context, fail));
  const skills = new Set(drafts.map(({ skill }) => skill));
  for (const draft of drafts) draft.checkSkills(skills);
  const blocks = finished(drafts, split);
  const me = records.get(CHARACTER);
  return { name, character: me?.name ?? name, blocks, stories, manners, tables };
}

type Entry = readonly [value: unknown, fail: (what: string) => never];

/** The blocks or stories of files, or of a key of them, each with what says where it stands. */
function entriesOf(lists: readonly (readonly [file: PackFile, key?: string])[]): readonly Entry[] {
  const all = lists.flatMap(([file, key]) => {
    const value = key === undefined ? file.value : isTable(file.value) ? file.value.get(key) : undefined;
    const way = key === undefined ? [] : [key];
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return invalid(file.path, file.lineOf(...way), "this must be a list.");
    return value.map((each: unknown, at): Entry => {
      return [each, (what) => invalid(file.path, file.lineOf(...way, at), what)];
    });
  });
  all[MOST_ENTRIES]?.[1](`a pack has ${MOST_ENTRIES} blocks and ${MOST_ENTRIES} stories at the most.`);
  return all;
}

/** Blocks with what they borrow, and with what is held back of each skill. */
function finished(drafts: readonly BlockDraft[], split: Split): readonly Block[] {
  const held = new Map<string, ReadonlySet<string>>();
  for (const skill of new Set(drafts.map((draft) => draft.skill))) {
    const own = drafts.filter((draft) => draft.skill === skill);
    const asks = own.flatMap((draft) => draft.asks.map(({ source }) => source));
    held.set(
      skill,
      split.heldPatterns(
        skill,
        asks,
        own.every(({ outside }) => outside),
      ),
    );
  }
  const none: ReadonlySet<string> = new Set();
  const lendable = (skill: string, variable: string): Ask[] =>
    drafts
      .filter((draft) => draft.skill === skill && !draft.outside)
      .flatMap((draft) => draft.asks)
      .filter(({ names, attributes }) => attributes.size === 0 && names.size === 1 && names.has(variable))
      .map((pattern) => ({ pattern, held: held.get(skill)?.has(pattern.source) === true }));
  return drafts
    .map((draft) => {
      const [variable = "x"] = draft.variables.names;
      const borrowed = draft.borrow.flatMap((skill) => lendable(skill, variable));
      return draft.finish(borrowed, held.get(draft.skill) ?? none);
    })
    .map((block) => (canBeAsked(block) ? block : { ...block, turns: [], later: undefined }))
    .filter(
      ({ says, turns, variables }) => variables.listed?.length !== 0 && (says.length > 0 || turns.length > 0),
    );
}

/** Whether each of its turns can be said by this character. */
const canBeAsked = ({ turns, later }: Block): boolean =>
  [...turns, ...(later ? [later] : [])].every(({ asks, answers }) => asks.length > 0 && answers.length > 0);

const OWN_KEYS = ["add", "blocks"];

/** All tables: those of the world, and a character's own, which replace or add to them. Single maps are records, as `me` is. */
function readWorld(files: readonly PackFile[], character: PackFile): World {
  const world: World = { tables: new Map(), records: new Map() };
  for (const file of [...files, character]) {
    if (file.value !== null) readTables(file, file === character ? OWN_KEYS : [], world);
  }
  if (!world.records.has(CHARACTER)) invalid(character.path, 1, "a character needs me: with a name.");
  const added = isTable(character.value) ? character.value.get("add") : undefined;
  for (const [key, value] of isTable(added) ? added : []) {
    const name = String(key);
    const fail = (what: string): never => invalid(character.path, character.lineOf("add"), what);
    const there = world.tables.get(name);
    if (!there) return fail(`there is no table ${shown(name)} to add to. ${meantTable(name, world.tables)}`);
    world.tables.set(name, [...there, ...readTable(value, name, fail)]);
  }
  return world;
}

interface World {
  readonly tables: Map<string, readonly Row[]>;
  readonly records: Map<string, Row>;
}

function readTables(file: PackFile, skipped: readonly string[], { tables, records }: World): void {
  const all = isTable(file.value) ? file.value : invalid(file.path, 1, "this file must be a map of tables.");
  for (const [key, value] of all) {
    const name = String(key);
    const fail = (what: string): never => invalid(file.path, file.lineOf(name), what);
    if (skipped.includes(name)) continue;
    if (skipped.length === 0 && (tables.has(name) || records.has(name)))
      fail(
        `${shown(name)} is in another file of world/ too. Put both into one, or call one of them something else.`,
      );
    if (isTable(value)) records.set(name, readRow(value, name, fail));
    else tables.set(name, readTable(value, name, fail));
  }
}

function meantTable(name: string, tables: ReadonlyMap<string, unknown>): string {
  const meant = closest(name, tables.keys());
  return meant ? `Did you mean ${meant}?` : `Tables are ${[...tables.keys()].join(", ")}.`;
}

/** Phrases of manners.yaml, the names of tables, and a story: what `{name}` means beside variables. */
function surroundingsOf(
  file: PackFile,
  tables: ReadonlyMap<string, readonly Row[]>,
  records: ReadonlyMap<string, Row>,
  stories: readonly Story[],
): Surroundings {
  const fail = (what: string): never => invalid(file.path, file.lineOf("phrases"), what);
  const phrases = isTable(file.value) ? (file.value.get("phrases") ?? new Map()) : new Map();
  if (!isTable(phrases)) return fail("phrases: must be a map of lists of texts.");
  const sources = new Map([...phrases].map(([key, value]) => [String(key), texts(value, String(key), fail)]));
  const read = new Map<string, readonly Pattern[]>();
  const reading = new Set<string>();
  const surroundings: Surroundings = {
    records,
    phrase: (name) => {
      const known = read.get(name);
      if (known) return known;
      if (name === "story" && !sources.has(name)) return [storyPattern(stories)];
      const list = sources.get(name) ?? tables.get(name)?.map((row) => row.name);
      if (!list) return undefined;
      const failHere = (what: string): never => invalid(file.path, file.lineOf("phrases", name), what);
      if (reading.has(name)) return failHere(`the phrase ${shown(name)} names itself.`);
      if (reading.size >= MOST_NESTED) failHere(`phrases name phrases more than ${MOST_NESTED} deep.`);
      reading.add(name);
      const patterns = list
        .map((source) => explained(() => readPattern(source, surroundings), failHere))
        .filter((pattern) => canBeSaid(pattern, new Set(), surroundings));
      reading.delete(name);
      read.set(name, patterns);
      return patterns;
    },
  };
  return surroundings;
}
