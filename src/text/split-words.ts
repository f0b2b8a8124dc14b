/** Cuts a text into words, which tokens never cross, and hands on where each begins and ends, in UTF-16 code units. */
export type Splitter = (text: string, word: (from: number, to: number) => void) => void;

/**
 * How GPT-4 cuts text before it merges bytes, as Hugging Face writes it: contractions, words with the space or sign before
 * them, up to three digits, signs with the space before them and the line ends after them, line ends with the space before
 * them, and other space, whose last character is left to the word that follows.
 *
 * @see `cl100k_base` of https://github.com/openai/tiktoken
 */
export const GPT4_PATTERN: string =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
  "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

// Classes of characters. No other value is used: 0 in the table means that a character was not looked up yet.
const OTHER = 1;
const LETTER = 2;
const NUMBER = 3;
const SPACE = 4;
const LINE_END = 5;

const classes = new Uint8Array(0x110000);

function lookUp(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  let found = OTHER;
  if (/\p{L}/u.test(character)) found = LETTER;
  else if (/\p{N}/u.test(character)) found = NUMBER;
  else if (/[\r\n]/.test(character)) found = LINE_END;
  else if (/\p{White_Space}/u.test(character)) found = SPACE;
  classes[codePoint] = found;
  return found;
}

/**
 * Cuts as `GPT4_PATTERN` does, in time that grows with the text alone and without the memory that a regular expression takes
 * for a match of millions of characters. Each alternative of the pattern is one of the functions below.
 */
export const splitWords: Splitter = (text, word) => {
  for (let from = 0; from < text.length; ) {
    const to = endOfWord(text, from);
    word(from, to);
    from = to;
  }
};

function endOfWord(text: string, from: number): number {
  const first = classAt(text, from);
  const next = from + widthAt(text, from);
  if (first === LETTER) return endOfRun(text, next, LETTER);
  const contraction = endOfContraction(text, from);
  if (contraction > from) return contraction;
  if (first === NUMBER) return endOfNumber(text, next);
  const second = classAt(text, next);
  if (second === LETTER && first !== LINE_END) return endOfRun(text, next, LETTER);
  if (first === OTHER) return endOfSigns(text, next);
  if (second === OTHER && text.charCodeAt(from) === 0x20) return endOfSigns(text, next);
  return endOfSpace(text, from);
}

/** `OTHER`, ... of the character at a place; 0 at the end of the text. */
function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at); // NaN at the end
  if ((unit & 0xf800) !== 0xd800) return at < text.length ? classes[unit] || lookUp(unit) : 0;
  const codePoint = text.codePointAt(at) ?? 0;
  return classes[codePoint] || lookUp(codePoint);
}

/** 2 for a character of two code units. */
function widthAt(text: string, at: number): number {
  const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
  return isPair ? 2 : 1;
}

function endOfRun(text: string, from: number, kind: number): number {
  let at = from;
  while (classAt(text, at) === kind) at += widthAt(text, at);
  return at;
}

/** `(?i:'s|'t|'re|'ve|'m|'ll|'d)`. The old long s (U+017F) is an s in another case. */
function endOfContraction(text: string, from: number): number {
  if (text.charCodeAt(from) !== 0x27) return from;
  if (/[stmdſ]/i.test(text.charAt(from + 1))) return from + 2;
  return /^(re|ve|ll)$/i.test(text.slice(from + 1, from + 3)) ? from + 3 : from;
}

/** `\p{N}{1,3}` after its first. */
function endOfNumber(text: string, from: number): number {
  let at = from;
  for (let digits = 1; digits < 3 && classAt(text, at) === NUMBER; digits++) at += widthAt(text, at);
  return at;
}

/** ` ?[^\s\p{L}\p{N}]+[\r\n]*` after its first sign or its space. */
const endOfSigns = (text: string, from: number): number =>
  endOfRun(text, endOfRun(text, from, OTHER), LINE_END);

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: to the last line end; where there is none, all but the last, if a word follows. */
function endOfSpace(text: string, from: number): number {
  let lastLineEnd = -1;
  let at = from;
  for (let kind = classAt(text, at); kind === SPACE || kind === LINE_END; kind = classAt(text, ++at)) {
    if (kind === LINE_END) lastLineEnd = at;
  }
  if (lastLineEnd >= 0) return lastLineEnd + 1;
  return at < text.length && at - from > 1 ? at - 1 : at;
}
