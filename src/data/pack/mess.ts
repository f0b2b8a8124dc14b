import type { Rng } from "../../base/index.ts";
import type { Manners } from "./manners.ts";
import { oneOf } from "./one-of.ts";
import type { Binding } from "./row.ts";
import { asSentences, wordsOf } from "./words.ts";

const EMPTY: Binding = new Map();

/** A question that has something before it already. */
const OPENED = /^(?:and|but|so|okay|oh|hey|hi|hello|please|tell)\b/i;

/** Writes what a user says as people do: not always with capitals and marks, in short forms, now and then misspelt. */
export class Messy {
  readonly #manners: Manners;
  readonly #short: readonly { readonly long: RegExp; readonly short: string }[];

  constructor(manners: Manners) {
    this.#manners = manners;
    this.#short = [...manners.short].map(([long, short]) => ({
      long: new RegExp(`\\b${long.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}\\b`, "giu"),
      short,
    }));
  }

  /** @param told What must stay legible: names and values that a user tells or asks about. */
  write(text: string, told: readonly string[], rng: Rng): string {
    const { mess } = this.#manners;
    let written = text;
    if (rng.uniform() < mess.wrapped) written = this.#wrapped(written, rng);
    if (rng.uniform() < mess.short) written = this.#shortened(written, rng);
    if (rng.uniform() < mess.typo) written = misspelt(written, told, rng);
    if (rng.uniform() < mess.unmarked) written = written.replace(/[.?!]+$/, "");
    if (rng.uniform() < mess.lower) written = written.toLowerCase();
    return written;
  }

  /** A question with something before or after it. */
  #wrapped(text: string, rng: Rng): string {
    const { before, after } = this.#manners;
    if (!text.endsWith("?") || OPENED.test(text)) return text;
    const first = before.length > 0 && (after.length === 0 || rng.uniform() < 0.5);
    if (!first)
      return after.length === 0 ? text : `${text.slice(0, -1)}${oneOf(after, rng).raw(EMPTY, rng)}?`;
    const lead = oneOf(before, rng).raw(EMPTY, rng);
    const goesOn = /[,:] ?$/.test(lead) && !/^I\b/.test(text);
    return asSentences(lead + (goesOn ? text.charAt(0).toLowerCase() + text.slice(1) : text));
  }

  /** One of the short forms that fit, at its first place. */
  #shortened(text: string, rng: Rng): string {
    const fitting = this.#short.filter(({ long }) => text.search(long) >= 0);
    if (fitting.length === 0) return text;
    const { long, short } = oneOf(fitting, rng);
    let done = false;
    return text.replace(long, (found) => {
      if (done) return found;
      done = true;
      return /^\p{Lu}/u.test(found) ? short.charAt(0).toUpperCase() + short.slice(1) : short;
    });
  }
}

/** One slip of the fingers, in a word of four letters or more: two letters changed over, one lost or one doubled. */
function misspelt(text: string, told: readonly string[], rng: Rng): string {
  const legible = new Set(told.flatMap((each) => wordsOf(each).split(" ")));
  const words = [...text.matchAll(/\p{L}{4,}/gu)].filter(([word]) => !legible.has(word.toLowerCase()));
  if (words.length === 0) return text;
  const { 0: word, index } = oneOf(words, rng);
  const at = 1 + rng.below(word.length - 2);
  const [a = "", b = ""] = [word.charAt(at), word.charAt(at + 1)];
  const slip = [b + a, b, a + a + b][rng.below(3)] ?? "";
  return text.slice(0, index + at) + slip + text.slice(index + at + 2);
}
