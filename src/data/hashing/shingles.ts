import { fold } from "./fold.ts";
import { hash64 } from "./hash.ts";

/** Words, or in short texts characters, of a shingle. */
export const SHINGLE = 5;
/** Texts of fewer words are compared by characters: one changed word of ten would change half of the word shingles. */
export const FEW_WORDS = 30;

const SPACE = 32;

/** 32-bit hashes of all runs of five words of a text, or of five characters where there are few words. */
export function shinglesOf(text: string): Int32Array {
  let units = fold(text, "words");
  if (units.length === 0) units = fold(text, "signs");
  const starts = wordStarts(units);
  const words = starts.length - 1;
  if (words < FEW_WORDS) {
    const count = Math.max(1, units.length - SHINGLE + 1);
    return Int32Array.from({ length: count }, (_, from) => hash(units, from, from + SHINGLE));
  }
  return Int32Array.from({ length: words - SHINGLE + 1 }, (_, word) =>
    hash(units, starts[word] ?? 0, (starts[word + SHINGLE] ?? 0) - 1),
  );
}

const hash = (units: Uint16Array, from: number, to: number): number =>
  hash64(units, from, Math.min(to, units.length)).low;

/** Where each word of a folded text begins, and where one after the last would. */
function wordStarts(units: Uint16Array): number[] {
  const starts = [0];
  for (let i = 0; i < units.length; i++) if (units[i] === SPACE) starts.push(i + 1);
  starts.push(units.length + 1);
  return starts;
}
