import { shown } from "../base/index.ts";
import type { Splitting } from "./bpe-tokenizer.ts";
import { convertPattern } from "./split-pattern.ts";
import { GPT4_PATTERN, type Splitter, splitWords } from "./split-words.ts";
import { asObject, type Refuse } from "./tokenizer-file.ts";

/** How GPT-2 cuts text, which is what `ByteLevel` with `use_regex` does. */
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

type Part = Readonly<Record<string, unknown>>;

/**
 * Reads `pre_tokenizer` of a byte-level `tokenizer.json`: any number of `Split` and `Digits`, then `ByteLevel`.
 *
 * @param refuse Called for what would give other tokens here than elsewhere.
 */
export function readSplitting(json: unknown, refuse: Refuse): Splitting {
  const whole = asObject(json);
  const list = whole["type"] === "Sequence" ? whole["pretokenizers"] : [json];
  const parts = Array.isArray(list) ? list.map(asObject) : [];
  const last = parts.at(-1)?.["type"];
  if (last !== "ByteLevel") {
    return refuse(
      `its pre_tokenizer is ${shown(last ?? json)}; byte-level tokenizers, with ByteLevel, can be read.`,
    );
  }
  const splitters = parts.flatMap((part, index) => {
    if ((part["type"] === "ByteLevel") !== (index === parts.length - 1))
      return refuse("it has two ByteLevel.");
    return readPart(part, refuse) ?? [];
  });
  const [first = wholeText, ...others] = splitters;
  return { split: others.reduce(within, first), json };
}

function readPart(part: Part, refuse: Refuse): Splitter | undefined {
  switch (part["type"]) {
    case "ByteLevel":
      if (part["add_prefix_space"] !== false) {
        return refuse("its ByteLevel has add_prefix_space, which puts a space before every text.");
      }
      return part["use_regex"] === false ? undefined : byPattern(GPT2_PATTERN, refuse);
    case "Digits":
      return byPattern(part["individual_digits"] === true ? "\\p{N}" : "\\p{N}+", refuse);
    case "Split":
      return readSplit(part, refuse);
    default:
      return refuse(`its pre_tokenizer has ${shown(part["type"])}, which is not known here.`);
  }
}

function readSplit({ pattern, behavior, invert }: Part, refuse: Refuse): Splitter {
  const { Regex: regex, String: text } = asObject(pattern);
  if (behavior !== "Isolated" || invert === true) {
    return refuse(`its Split has the behavior ${shown(behavior)}; Isolated, not inverted, can be read.`);
  }
  if (typeof text === "string" && text !== "")
    return byPattern(text.replace(/[^\p{L}\p{N}]/gu, "\\$&"), refuse);
  if (typeof regex !== "string" || regex === "") return refuse("its Split has no pattern.");
  return regex === GPT4_PATTERN ? splitWords : byPattern(regex, refuse);
}

const wholeText: Splitter = (text, word) => {
  if (text !== "") word(0, text.length);
};

/** Cuts what one splitter leaves by another, which does not see beyond it. */
const within =
  (outer: Splitter, inner: Splitter): Splitter =>
  (text, word) =>
    outer(text, (from, to) => inner(text.slice(from, to), (start, end) => word(from + start, from + end)));

/** Each match is a word, and so is what lies between matches. */
function byPattern(pattern: string, refuse: Refuse): Splitter {
  const regex = convertPattern(pattern, refuse);
  return (text, word) => {
    let from = 0;
    for (const to of endsOfWords(text, regex)) {
      word(from, to);
      from = to;
    }
  };
}

/** Code units of a text that are looked at together when all of them are too many. */
const PART = 1 << 20;

/**
 * Where words end. A regular expression runs out of memory on a match of some millions of characters; then the text is cut
 * in parts, each from where the last word of the one before it began, so that only words longer than a part are cut.
 */
function endsOfWords(text: string, regex: RegExp): number[] {
  try {
    return endsOfMatches(text, regex);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  const all: number[] = [];
  for (let from = 0; from < text.length; from = all.at(-1) ?? text.length) {
    const ends = endsOfMatches(text.slice(from, from + PART), regex);
    if (from + PART < text.length && ends.length > 1) ends.pop();
    for (const end of ends) all.push(from + end);
  }
  return all;
}

function endsOfMatches(text: string, regex: RegExp): number[] {
  const ends: number[] = [];
  const end = (at: number): void => {
    if (at > (ends.at(-1) ?? 0)) ends.push(at);
  };
  regex.lastIndex = 0;
  for (let match = regex.exec(text); match; match = regex.exec(text)) {
    if (match[0] === "") {
      regex.lastIndex += 1; // a match of nothing cuts nothing
      continue;
    }
    end(match.index);
    end(match.index + match[0].length);
  }
  end(text.length);
  return ends;
}
