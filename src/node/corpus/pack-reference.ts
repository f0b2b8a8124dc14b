import { isAbsolute, resolve } from "node:path";
import { closest, lastPart, ParrotletError, shown } from "../../base/index.ts";
import { CORPUS_KINDS, type CorpusKind } from "../../data/index.ts";
import { isCharacterFile } from "../packs.ts";

/** Text to be made, as `pack:NAME/KIND?size=5MB&seed=1` names it. */
export interface PackReference {
  /** A character that comes with the program, or the path of a character's file. */
  readonly name: string;
  /** @default all kinds */
  readonly kind: CorpusKind | undefined;
  /** How much text. @default 5 MB */
  readonly bytes: number;
  /** @default 1 */
  readonly seed: number;
}

/** Text that is made where nobody says how much. */
export const PACK_BYTES = 5e6;

const PACK = /^pack:/;
const OPTIONS = ["size", "seed"] as const;

/** The most that is made: beyond, it only says the same again. */
const MOST_BYTES = 1e11;
const MOST_SEED = 2 ** 32 - 1;

export const isPackReference = (source: string): boolean => PACK.test(source);

/**
 * Reads `pack:NAME`, with a kind and options where there are any. NAME may be a path that ends in .yaml.
 *
 * @throws {ParrotletError} `pack-reference`.
 */
export function parsePackReference(source: string): PackReference {
  const { name, rest, options } = split(source);
  if (name === "") throw wrong(source, "it names no character. Write pack:pip, or pack:./my-character.yaml.");
  const given = new URLSearchParams(options);
  const unknown = [...given.keys()].find((key) => !OPTIONS.some((option) => option === key));
  if (unknown !== undefined) {
    const meant = closest(unknown, OPTIONS);
    const maybe = meant ? ` Did you mean ${meant}?` : "";
    throw wrong(
      source,
      `there is no option ${shown(unknown)}.${maybe} There are size and seed: ?size=5MB&seed=1.`,
    );
  }
  return {
    name,
    kind: rest === "" ? undefined : checkedKind(rest, (problem) => wrong(source, problem)),
    bytes: sizeOf(given.get("size") ?? undefined, source),
    seed: seedOf(given.get("seed") ?? undefined, source),
  };
}

/** A kind of text by its name. */
export function checkedKind(name: string, problem: (text: string) => Error): CorpusKind {
  const kind = CORPUS_KINDS.find((each) => each === name);
  if (kind !== undefined) return kind;
  const meant = closest(name, CORPUS_KINDS);
  const maybe = meant ? ` Did you mean ${meant}?` : "";
  throw problem(`there is no kind ${shown(name)}.${maybe} There are ${CORPUS_KINDS.join(", ")}.`);
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Bytes of a size as people write it: `500KB`, `5MB`, `1.5 MiB`; `undefined` where it is none. 1 MB is 1,000,000 bytes. */
export function parseSize(text: string): number | undefined {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  return number !== "" && bytes >= 1 && bytes <= MOST_BYTES ? bytes : undefined;
}

export const SIZE_RULE = "a size from 1 byte to 100 GB, as 500KB or 5MB";

function sizeOf(text: string | undefined, source: string): number {
  if (text === undefined) return PACK_BYTES;
  const bytes = parseSize(text);
  if (bytes === undefined) throw wrong(source, `size=${text} must be ${SIZE_RULE}.`);
  return bytes;
}

function seedOf(text: string | undefined, source: string): number {
  if (text === undefined) return 1;
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(seed <= MOST_SEED))
    throw wrong(source, `seed=${text} must be a whole number from 0 to ${MOST_SEED}.`);
  return seed;
}

/** The same source, whatever folder one is in: the path of a character's file is made absolute. */
export function absolutePack(source: string, base: string): string {
  const { name, tail } = split(source);
  return isCharacterFile(name) && !isAbsolute(name) ? `pack:${resolve(base, name)}${tail}` : source;
}

/** The same text of another character. */
export const packOfAnother = (source: string, name: string): string => `pack:${name}${split(source).tail}`;

/** The source as people are shown it: of a path its last part. */
export const packTitle = (source: string): string =>
  `pack:${lastPart(split(source).name)}${split(source).tail}`;

/** `tail` is all that follows the name. */
function split(source: string): { name: string; rest: string; options: string; tail: string } {
  const all = source.replace(PACK, "");
  const question = all.indexOf("?");
  const [before, options] = question < 0 ? [all, ""] : [all.slice(0, question), all.slice(question + 1)];
  // A path goes on to its .yaml; a name to its first slash, unless it looks like a path.
  const [, name = before, rest = ""] =
    /^(.*\.ya?ml)(?:\/(.*))?$/i.exec(before) ?? /^([^./\\][^/\\]*)(?:\/(.*))?$/.exec(before) ?? [];
  return { name, rest, options, tail: all.slice(name.length) };
}

const wrong = (source: string, problem: string): ParrotletError =>
  new ParrotletError("pack-reference", `${source}: ${problem}`);
