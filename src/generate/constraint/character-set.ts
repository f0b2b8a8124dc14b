/** Unicode code points: inclusive ranges in order, which do not meet. */
export type CharacterSet = readonly (readonly [first: number, last: number])[];

const LAST = 0x10ffff;

/** All that UTF-8 can write: everything but surrogates. */
export const ANY_CHARACTER: CharacterSet = [
  [0, 0xd7ff],
  [0xe000, LAST],
];

/** Ranges in any order, as a set. */
export function setOf(ranges: Iterable<readonly [number, number]>): CharacterSet {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** The characters of a text. */
export const charactersOf = (text: string): CharacterSet =>
  setOf(Array.from(text, (character) => [codeOf(character), codeOf(character)] as const));

export const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

export const union = (...sets: readonly CharacterSet[]): CharacterSet => setOf(sets.flat());

/** All other characters. */
export function complement(set: CharacterSet): CharacterSet {
  const others: [number, number][] = [];
  let from = 0;
  for (const [first, last] of set) {
    if (first > from) others.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) others.push([from, LAST]);
  return intersection(others, ANY_CHARACTER);
}

export function intersection(a: CharacterSet, b: CharacterSet): CharacterSet {
  const both: [number, number][] = [];
  for (let i = 0, j = 0; ; ) {
    const [left, right] = [a[i], b[j]];
    if (!left || !right) return both;
    const [first, last] = [Math.max(left[0], right[0]), Math.min(left[1], right[1])];
    if (first <= last) both.push([first, last]);
    if (left[1] < right[1]) i++;
    else j++;
  }
}
