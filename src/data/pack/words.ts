/** English as the patterns of a pack need it: articles, plurals, numbers, capitals. */

const SMALL = [
  ..."zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(
    " ",
  ),
  ..."sixteen seventeen eighteen nineteen".split(" "),
];
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** A whole number in words, where English has short ones: from 0 to 99. Others are written in digits. */
export function inWords(number: number): string {
  const small = SMALL[number];
  if (small !== undefined) return small;
  const tens = TENS[Math.floor(number / 10) - 2];
  if (!Number.isInteger(number) || tens === undefined) return String(number);
  return number % 10 === 0 ? tens : `${tens}-${SMALL[number % 10]}`;
}

/** Begins with a vowel's letter but not with its sound, and the other way round. */
const CONSONANT = /^(?:uni(?!n|m)|use|usual|euro|eucalyptus|ukulele|one\b|once|ewe|unicorn)/i;
const VOWEL = /^(?:hour|honest|honou?r|heir)/i;

/** "a" or "an", by the sound that a text begins with. */
export const articleOf = (text: string): string =>
  VOWEL.test(text) || (/^[aeiou]/i.test(text) && !CONSONANT.test(text)) ? "an" : "a";

/** The regular plural of a noun. */
export function pluralOf(noun: string): string {
  if (/[^aeiou]y$/i.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/i.test(noun) ? `${noun}es` : `${noun}s`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * A rendered pattern as a person would write it: single spaces, none before punctuation, and each sentence begun by a capital. After
 * the closing quote of direct speech ("Come!" he said) what follows stays as it is.
 */
export const asSentences = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/ (?=[.,!?;:](?:\s|$))/g, "")
    .trim()
    .replace(
      /(^|[.!?] )(["“]?)(\p{Ll})/gu,
      (_, before: string, quote: string, letter: string) => `${before}${quote}${letter.toUpperCase()}`,
    );

/**
 * Text by its words alone: without case, punctuation and the ways to write an apostrophe. Tells what is written alike; grading an
 * exam, where "2" is "two", has words of its own.
 */
export const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** How many sentences a text has: what has a mark at its end, and a letter or a digit. */
export const sentencesOf = (text: string): number =>
  text
    .split(/[.!?]+/)
    .slice(0, -1)
    .filter((each) => /[\p{L}\p{N}]/u.test(each)).length;
