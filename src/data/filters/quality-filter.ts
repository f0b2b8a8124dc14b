import { type CharacterCounts, characterCounts } from "./character-counts.ts";
import { type Filter, type Finding, passageFilter } from "./filter.ts";

/**
 * A rule: what is wrong with a text, or nothing. The kinds of rules are those of Rae et al. 2021, table A1
 * (https://arxiv.org/abs/2112.11446) and Raffel et al. 2020, §2.2 (https://arxiv.org/abs/1910.10683). The numbers are
 * wider: chat lines are short, so that a rule about shares waits for enough text, and stories have refrains and roars.
 */
type Rule = (text: string, counts: CharacterCounts) => Finding | string | undefined;

const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)}%`;

const found = (text: string, pattern: RegExp, why: string): Finding | undefined => {
  const at = text.search(pattern);
  return at < 0 ? undefined : { why, at };
};

const WEB =
  /\b(?:accept (?:all )?cookies|cookie policy|privacy policy|terms of (?:use|service)|all rights reserved|enable javascript|javascript is disabled|sign up for our newsletter|subscribe to our|add to cart|click here to|404 not found|as an ai language model|as a large language model)\b/i;

/** Signs of UTF-8 that was read as Latin-1 or lost on the way, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const BROKEN = /\uFFFD|Ã[\u0080-\u00BF]|â€[\u0080-\u2122]|[\0-\x08\x0e-\x1f]/;

const RULES: readonly Rule[] = [
  (_, { signs, letters }) => (signs > 0 && letters === 0 ? "no letters" : undefined),
  (text) => found(text, BROKEN, "broken characters"),
  addresses,
  (text) =>
    (text.match(/<\/?[a-z][a-z0-9]{0,9}(?:\s[^<>]{0,200})?>/gi)?.length ?? 0) >= 4 ? "HTML tags" : undefined,
  (_, { signs, symbols }) =>
    signs >= 20 && symbols > 0.25 * signs ? `${percent(symbols, signs)} symbols` : undefined,
  (_, { signs, digits }) =>
    signs >= 40 && digits > 0.4 * signs ? `${percent(digits, signs)} digits` : undefined,
  (_, { upper, lower }) =>
    upper + lower >= 60 && upper > 0.8 * (upper + lower) ? "all in capitals" : undefined,
  (text) => found(text, /(\w)\1{24}|([^\w\s.\-=*~#+])\2{9}/, "one character again and again"),
  (text) => found(text, /\b(\w{1,30})(?:\W{1,5}\1){19}\b/i, "one word again and again"),
  repeatedLines,
  gibberish,
  (text) => found(text, WEB, "a phrase of web pages or other chatbots"),
];

/** More than two thirds of at least six lines stand there before. */
function repeatedLines(text: string): string | undefined {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length < 6) return undefined;
  const repeated = lines.length - new Set(lines).size;
  return 3 * repeated > 2 * lines.length ? `${percent(repeated, lines.length)} repeated lines` : undefined;
}

const UNSAYABLE = /[bcdfghjklmnpqrstvwxz]{6}|^[^aeiouy]+$/i;

/** Two words or more that nobody can say, or that never end, in Latin letters. */
function gibberish(text: string, { letters }: CharacterCounts): string | undefined {
  const words = text.match(/[A-Za-z]{2,}/g) ?? [];
  const all = words.reduce((sum, word) => sum + word.length, 0);
  if (all < 20 || all < 0.5 * letters) return undefined;
  // Names of firms and countries are short and in capitals.
  const bad = words.filter(
    (word) => word.length >= 5 && (word.length > 30 || UNSAYABLE.test(word)) && !/^[A-Z]+$/.test(word),
  );
  const share = bad.reduce((sum, word) => sum + word.length, 0) / all;
  if (bad.length >= 2 && share > 0.2) return "words that nobody can say";
  const mean = all / words.length;
  return words.length >= 10 && mean > 12 ? `words of ${mean.toFixed(0)} letters on average` : undefined;
}

/** Five addresses of the web or more, or little else. */
function addresses(text: string): string | undefined {
  const urls = text.match(/\b(?:https?:\/\/|www\.)\S+/g) ?? [];
  const share = urls.reduce((sum, url) => sum + url.length, 0) / Math.max(1, text.length);
  return urls.length >= 5 || share > 0.6 ? `${urls.length} addresses of the web` : undefined;
}

/** Drops what is hardly text: symbols, noise, shouting, one thing again and again, scraps of web pages. */
export const createQualityFilter = (): Filter =>
  passageFilter("quality", (passage) => {
    const counts = characterCounts(passage);
    for (const rule of RULES) {
      const finding = rule(passage, counts);
      if (finding !== undefined) return typeof finding === "string" ? { why: finding } : finding;
    }
    return undefined;
  });
