import { ParrotletError, type Rng, shown } from "../../base/index.ts";
import { oneOf } from "./one-of.ts";
import { type Binding, type Bound, isRow, nameOf, type Row, type Value, valueIn } from "./row.ts";
import { articleOf, asSentences, capital, inWords, pluralOf } from "./words.ts";

/** What a pattern finds where it names something that is no variable. */
export interface Surroundings {
  /** The single rows that every pattern can name, as the character. */
  readonly records: ReadonlyMap<string, Row>;
  /** Of phrases, or the names of a table: one of them is taken. */
  phrase(name: string): readonly Pattern[] | undefined;
}

/** Draws one version of a piece of a pattern; without `rng` gives all its versions. */
interface Piece {
  one(binding: Binding, rng: Rng): string;
  all(binding: Binding): readonly string[];
}

/** A sentence with slots and choices, read once and written in many ways. */
export interface Pattern {
  /** As it was written. */
  readonly source: string;
  /** Variables, records and phrases that it names, with those that its phrases name. */
  readonly names: ReadonlySet<string>;
  /** Attributes that it asks of them, as "x.color". */
  readonly attributes: ReadonlySet<string>;
  /** Characters and slots in it and in all its phrases: all that can be written has to do with no more. */
  readonly size: number;
  /** One of its versions, as sentences. */
  write(binding: Binding, rng: Rng): string;
  /** As `write`, but as a part of another sentence. */
  raw(binding: Binding, rng: Rng): string;
  /** All its versions, at most a thousand; each text of a list is one. */
  versions(binding: Binding): readonly string[];
}

const MOST_VERSIONS = 1000;
const MOST_DEPTH = 12;
const MOST_CHARACTERS = 5000;
/** Phrases within phrases can make a little text endlessly long. */
const MOST_SIZE = 100_000;

/**
 * Reads a pattern: `{x}`, `{x.color}`, `{a x}`, `{the x}`, `{s x}`, `{count n x}`, `{phrase}`, `[one|two|]`.
 *
 * @throws {ParrotletError} `pattern-invalid`, with what is wrong; whoever reads a file adds where.
 */
export function readPattern(source: string, surroundings: Surroundings): Pattern {
  const reader = new PatternReader(source, surroundings);
  const piece = reader.read();
  const raw = (binding: Binding, rng: Rng): string => piece.one(binding, rng);
  return {
    source,
    names: reader.names,
    attributes: reader.attributes,
    size: reader.size,
    raw,
    write: (binding, rng) => asSentences(raw(binding, rng)),
    versions: (binding) => piece.all(binding),
  };
}

class PatternReader {
  readonly names = new Set<string>();
  readonly attributes = new Set<string>();
  size = 0;
  readonly #source: string;
  readonly #surroundings: Surroundings;
  #at = 0;

  constructor(source: string, surroundings: Surroundings) {
    this.#source = source;
    this.#surroundings = surroundings;
  }

  read(): Piece {
    this.size = this.#source.length;
    if (this.size > MOST_CHARACTERS)
      this.#fail(`are ${this.size} characters; write ${MOST_CHARACTERS} at the most`);
    const piece = this.#sequence("", 0);
    if (this.#at < this.#source.length) this.#fail(`a ${shown(this.#source[this.#at])} closes nothing`);
    return piece;
  }

  #fail(what: string): never {
    throw new ParrotletError("pattern-invalid", `In the pattern ${shown(this.#source)} ${what}.`);
  }

  #sequence(end: string, depth: number): Piece {
    if (depth > MOST_DEPTH) this.#fail(`brackets stand more than ${MOST_DEPTH} deep`);
    const pieces: Piece[] = [];
    while (this.#at < this.#source.length) {
      const character = this.#source.charAt(this.#at);
      if (end.includes(character) || character === "]" || character === "}") break;
      if (character === "[") pieces.push(this.#choice(depth));
      else if (character === "{") pieces.push(this.#slot());
      else pieces.push(text(this.#until(end === "" ? "[]{}" : "[]{}|")));
    }
    const [only] = pieces;
    return pieces.length === 1 && only ? only : sequence(pieces);
  }

  #until(stops: string): string {
    const from = this.#at;
    while (this.#at < this.#source.length && !stops.includes(this.#source.charAt(this.#at))) this.#at++;
    return this.#source.slice(from, this.#at);
  }

  #choice(depth: number): Piece {
    const options: Piece[] = [];
    do {
      this.#at++;
      options.push(this.#sequence("|]", depth + 1));
    } while (this.#source[this.#at] === "|");
    if (this.#source[this.#at] !== "]") this.#fail("a [ is never closed: add a ]");
    this.#at++;
    return choice(options);
  }

  #slot(): Piece {
    this.#at++;
    const inside = this.#until("{}[]");
    if (this.#source[this.#at] !== "}") this.#fail("a { is never closed: add a }");
    this.#at++;
    const whole = inside.trim();
    const [, shape = "", name = ""] = /^(.+)\s(\S+)$/.exec(whole) ?? [];
    if (shape === "" || this.#knows(whole)) return this.#written(whole);
    const counted = /^count\s(\S+)$/i.exec(shape)?.[1];
    if (counted) return counting(this.#value(counted), this.#value(name));
    const form = Object.hasOwn(FORMS, shape.toLowerCase()) ? FORMS[shape.toLowerCase()] : undefined;
    if (!form) this.#fail(`{${inside}} begins with ${shown(shape)}, which is none of a, the, s and count`);
    const upper = /^[A-Z]/.test(shape);
    return mapped(this.#value(name), (value) => (upper ? capital(form(value)) : form(value)));
  }

  /** Names of phrases and tables may have spaces. */
  #knows(name: string): boolean {
    return name.includes(" ") && this.#surroundings.phrase(name) !== undefined;
  }

  /** `{x.They}` is `{x.they}` with a capital. */
  #written(path: string): Piece {
    const last = path.lastIndexOf(".");
    const upper = last >= 0 && /^The(y|m|irs?)$/.test(path.slice(last + 1));
    const wanted = this.#value(upper ? path.slice(0, last + 1) + path.slice(last + 1).toLowerCase() : path);
    return mapped(wanted, (value) => (upper ? capital(plain(value)) : plain(value)));
  }

  #value(path: string): Lookup {
    const [name = "", attribute, ...more] = path.split(".");
    if (name === "" || more.length > 0) this.#fail(`{${path}} is no name`);
    const phrases = attribute === undefined ? this.#surroundings.phrase(name) : undefined;
    this.names.add(name);
    if (attribute !== undefined) this.attributes.add(path);
    for (const phrase of phrases ?? []) this.#takeOver(phrase);
    const record = this.#surroundings.records.get(name);
    return { path, name, attribute, phrases, record };
  }

  #takeOver({ names, attributes, size }: Pattern): void {
    for (const name of names) this.names.add(name);
    for (const path of attributes) this.attributes.add(path);
    this.size += size;
    if (this.size > MOST_SIZE) this.#fail("phrases stand within phrases so often that it has no end");
  }
}

/** What a slot stands for, found when it is written. */
interface Lookup {
  readonly path: string;
  readonly name: string;
  readonly attribute: string | undefined;
  readonly phrases: readonly Pattern[] | undefined;
  readonly record: Row | undefined;
}

type Found = Bound | Value;

function found({ path, name, attribute, record }: Lookup, binding: Binding): Found {
  const bound = binding.get(name) ?? record;
  if (bound === undefined) throw new ParrotletError("pattern-invalid", `Nothing is called {${path}}.`);
  if (attribute === undefined) return bound;
  const value = valueIn(bound, attribute);
  if (value !== undefined) return value;
  const message = `${shown(nameOf(bound))} has no ${shown(attribute)}, which {${path}} asks for.`;
  throw new ParrotletError("pattern-invalid", message);
}

const isList = (value: Found): value is readonly string[] => Array.isArray(value);

const plain = (value: Bound | string | number): string =>
  isRow(value) ? value.name : typeof value === "number" ? inWords(value) : value;

type Single = Bound | string | number;

function withArticle(value: Single): string {
  if (!isRow(value)) return `${articleOf(plain(value))} ${plain(value)}`;
  const article = value.values.get("article");
  if (article === "none") return value.name;
  return `${typeof article === "string" ? article : articleOf(value.name)} ${value.name}`;
}

const withThe = (value: Single): string =>
  isRow(value) && value.values.get("article") === "none" ? value.name : `the ${plain(value)}`;

function plural(value: Single): string {
  if (!isRow(value)) return pluralOf(plain(value));
  const own = value.values.get("plural");
  if (typeof own === "string") return own;
  return value.values.get("article") === "none" ? value.name : pluralOf(value.name);
}

const FORMS: Readonly<Record<string, (value: Single) => string>> = {
  a: withArticle,
  an: withArticle,
  the: withThe,
  s: plural,
};

const text = (value: string): Piece => ({ one: () => value, all: () => [value] });

/** The first of the texts that all of a list give; none is asked once there are enough. */
function firstOf<T>(list: readonly T[], give: (one: T) => readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const one of list) {
    if (texts.length >= MOST_VERSIONS) break;
    for (const each of give(one)) texts.push(each);
  }
  return texts.slice(0, MOST_VERSIONS);
}

const sequence = (pieces: readonly Piece[]): Piece => ({
  one: (binding, rng) => {
    let written = "";
    for (const piece of pieces) written += piece.one(binding, rng);
    return written;
  },
  all: (binding) => {
    let versions: readonly string[] = [""];
    for (const piece of pieces) {
      const next = piece.all(binding);
      versions = firstOf(versions, (version) => next.map((each) => version + each));
    }
    return versions;
  },
});

const choice = (options: readonly Piece[]): Piece => ({
  one: (binding, rng) => oneOf(options, rng).one(binding, rng),
  all: (binding) => firstOf(options, (option) => option.all(binding)),
});

function mapped(lookup: Lookup, form: (value: Single) => string): Piece {
  const { phrases, name } = lookup;
  return {
    one: (binding, rng) => {
      if (phrases && !binding.has(name)) return form(oneOf(phrases, rng).raw(binding, rng));
      const value = found(lookup, binding);
      return form(isList(value) ? oneOf(value, rng) : value);
    },
    all: (binding) => {
      if (phrases && !binding.has(name))
        return firstOf(phrases, (phrase) => phrase.versions(binding)).map(form);
      const value = found(lookup, binding);
      return isList(value) ? value.map(form) : [form(value)];
    },
  };
}

function counting(count: Lookup, counted: Lookup): Piece {
  const written = (binding: Binding): string => {
    const [number, thing] = [found(count, binding), found(counted, binding)];
    const amount =
      typeof number === "number" ? number : isRow(number) ? Number(number.values.get("value")) : Number.NaN;
    if (isList(thing) || isList(number)) return "";
    return `${plain(number)} ${amount === 1 ? plain(thing) : plural(thing)}`;
  };
  return { one: written, all: (binding) => [written(binding)] };
}
