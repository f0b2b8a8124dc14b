const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety";
const NUMBERS = new Map<string, number>([
  ...SMALL.split(" ").map((word, value) => [word, value] as const),
  ...TENS.split(" ").map((word, index) => [word, 20 + 10 * index] as const),
  ["hundred", 100],
]);

/** Numbers, words with what stands behind an apostrophe, and single characters of scripts without spaces. */
const WORD =
  /\d+(?:[.,]\d+)*|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*/gu;

/** Short forms that stand for one thing only: `'s` may be "is", "has" or nobody's. */
const SHORT: readonly (readonly [end: RegExp, words: readonly string[]])[] = [
  [/'m$/, ["am"]],
  [/'re$/, ["are"]],
  [/'ll$/, ["will"]],
  [/'ve$/, ["have"]],
  [/'s$/, ["s"]],
];
const NOT: Readonly<Record<string, readonly string[]>> = {
  "can't": ["can", "not"],
  "won't": ["will", "not"],
  cannot: ["can", "not"],
};

/**
 * A text as the words that grading compares, more alike than those by which a pack tells its questions apart: lower case, no punctuation, numbers as digits ("twenty-one", "Twenty one" and "21" are
 * `21`), short forms in full ("don't" is `do`, `not`), what belongs to somebody as two words ("Pip's" is `pip`, `s`).
 */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\u2018\u2019\u02bc\u00b4`]/g, "'");
  return joinNumbers((plain.match(WORD) ?? []).flatMap(inFull));
}

function inFull(word: string): readonly string[] {
  const known = Object.hasOwn(NOT, word) ? NOT[word] : undefined;
  if (known) return known;
  const number = /^\d/.test(word) ? Number(word.replaceAll(",", "")) : Number.NaN;
  if (Number.isFinite(number)) return [String(number)];
  if (/.n't$/.test(word)) return [word.slice(0, -3), "not"];
  const short = SHORT.find(([end]) => end.test(word));
  if (!short) return [word.replaceAll("'", "")];
  return [...inFull(word.replace(short[0], "")), ...short[1]];
}

/** Number words as digits: twenty and one are 21, two and hundred are 200. */
function joinNumbers(words: readonly string[]): string[] {
  const joined: string[] = [];
  let before: number | undefined;
  for (const word of words) {
    const value = NUMBERS.get(word);
    const sum = value === undefined || before === undefined ? undefined : together(before, value);
    if (sum !== undefined) joined.pop();
    joined.push(value === undefined ? word : String(sum ?? value));
    before = value === undefined ? undefined : (sum ?? value);
  }
  return joined;
}

function together(before: number, value: number): number | undefined {
  if (value === 100) return before >= 1 && before <= 9 ? 100 * before : undefined;
  return before >= 20 && before < 100 && before % 10 === 0 && value >= 1 && value <= 9
    ? before + value
    : undefined;
}

/** Where words stand: from one place to before another. */
export type Span = readonly [from: number, to: number];

/** Where a text stands in words, as whole words one after the other. A text without words stands nowhere. */
export function placesOf(text: string, words: readonly string[]): Span[] {
  const wanted = wordsOf(text);
  if (wanted.length === 0) return [];
  return words.flatMap((_, from): Span[] =>
    wanted.every((word, index) => words[from + index] === word) ? [[from, from + wanted.length]] : [],
  );
}

/** Ends of sentences: marks before a space or the end, and ends of lines. */
const ENDS = /[.!?…]+["'”’)\]]*(?=\s|$)|[。！？]+|[\r\n]+/u;

/** Different finished sentences of two words or more: what is said again, or cut off, does not count. */
export function countSentences(text: string): number {
  const pieces = text.split(ENDS);
  const sentences = pieces.slice(0, -1).map(wordsOf);
  return new Set(sentences.filter(({ length }) => length > 1).map((words) => words.join(" "))).size;
}
