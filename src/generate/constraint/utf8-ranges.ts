import type { CharacterSet } from "./character-set.ts";

/** For each byte of a character in turn, the bytes it may be. */
export type ByteSequence = readonly (readonly [low: number, high: number])[];

/** The last code point that so many bytes can write, from one byte on. */
const LAST = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/**
 * The UTF-8 of a set of characters: sequences of byte ranges, of which each character has exactly one. Two sequences begin with
 * the same range or with ranges that do not meet.
 *
 * @see Thompson's construction of UTF-8 ranges as in Cox, "Regular Expression Matching in the Wild". https://swtch.com/~rsc/regexp/regexp3.html
 */
export function utf8Ranges(set: CharacterSet): ByteSequence[] {
  const sequences: ByteSequence[] = [];
  for (const [first, last] of set) split(first, last, sequences);
  return sequences;
}

function split(first: number, last: number, into: ByteSequence[]): void {
  for (const limit of LAST) {
    if (first <= limit && last > limit) {
      split(first, limit, into);
      split(limit + 1, last, into);
      return;
    }
  }
  // Whole blocks of the last bytes: all lower bits 0 at the beginning and 1 at the end.
  for (let bits = 6; bits <= 18 && last > 0x7f; bits += 6) {
    const low = (1 << bits) - 1;
    if ((first & ~low) === (last & ~low)) continue;
    if ((first & low) !== 0) {
      split(first, first | low, into);
      split((first | low) + 1, last, into);
      return;
    }
    if ((last & low) !== low) {
      split(first, (last & ~low) - 1, into);
      split(last & ~low, last, into);
      return;
    }
  }
  const [from, to] = [utf8(first), utf8(last)];
  into.push(from.map((byte, place) => [byte, to[place] ?? byte] as const));
}

function utf8(code: number): number[] {
  if (code <= 0x7f) return [code];
  if (code <= 0x7ff) return [0xc0 | (code >> 6), tail(code)];
  if (code <= 0xffff) return [0xe0 | (code >> 12), tail(code >> 6), tail(code)];
  return [0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code)];
}

const tail = (code: number): number => 0x80 | (code & 0x3f);
