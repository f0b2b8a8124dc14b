import { invariant } from "../base/index.ts";
import { type Hash64, mix } from "./hashing/hash.ts";
import { HashTable } from "./hashing/hash-table.ts";
import { WordRuns } from "./hashing/word-runs.ts";
import type { Item } from "./item.ts";

/** Words in a row that are looked for. */
const WORDS = 8;

/** How much of what a user says to a model stands in its training text, ignoring case and punctuation. */
export interface QuestionOverlap {
  /** The last turn is a whole line or message of it. */
  readonly exact: boolean;
  /** The last turn stands within a line or message of it. */
  readonly within: boolean;
  /** Of several turns: a user says all of them, one after the other, in a conversation of it. Absent where there is one turn. */
  readonly whole?: boolean | undefined;
  /** Runs of 8 words of all the user's turns, and those that it has too. */
  readonly grams: { readonly all: number; readonly found: number };
}

/** A question as hashes; without words it has none. */
interface Looked {
  readonly last: Hash64 | undefined;
  readonly words: number;
  readonly several: boolean;
  readonly whole: Hash64 | undefined;
  readonly grams: readonly Hash64[];
}

/**
 * Looks for questions in training text. They come first; the text then streams by, however long. A word is a run of letters, marks
 * and digits, or one character of a script without spaces. Lines and messages are looked at one by one; runs of 8 words reach from
 * one message of a user to the same user's next.
 */
export class QuestionMeter {
  readonly #questions: Looked[] = [];
  /** Whole lines; runs of as many words as a question has; what a user says in several turns; runs of 8 words. Found ones have a 1. */
  readonly #lines = new HashTable(true);
  readonly #runs = new Map<number, HashTable>();
  readonly #wholes = new HashTable(true);
  readonly #turns = new Set<number>();
  readonly #grams = new HashTable(true);
  readonly #line = new WordRuns();
  /** All that a user says in a conversation. */
  readonly #said = new WordRuns();
  #begun = false;

  /** @param turns What the user says; the last is the question. */
  addQuestion(turns: readonly string[]): void {
    invariant(!this.#begun, "questions come before training text");
    const lines = turns.map((turn) => this.#line.clear().add(turn).whole());
    const [last, words] = [lines.at(-1), this.#line.length];
    const several = turns.length > 1;
    const whole = several ? together(lines) : undefined;
    const grams: Hash64[] = [];
    this.#said.clear();
    for (const turn of turns) this.#said.add(turn);
    this.#said.each(WORDS, ({ low, high }) => void grams.push({ low, high }));
    this.#questions.push({ last, words, several, whole, grams });
    if (last) {
      const runs = this.#runs.get(words) ?? new HashTable(true);
      this.#runs.set(words, runs);
      runs.add(last);
      this.#lines.add(last);
    }
    if (whole) {
      this.#wholes.add(whole);
      this.#turns.add(turns.length);
    }
    for (const gram of grams) this.#grams.add(gram);
  }

  addTraining(item: Item): void {
    this.#begun = true;
    if (item.kind === "text") {
      for (const line of item.text.split(/[\r\n]+/)) {
        this.#look(line);
        this.#lookForGrams(this.#line);
      }
      return;
    }
    const lines: (Hash64 | undefined)[] = [];
    this.#said.clear();
    for (const { role, text } of item.messages) {
      const line = this.#look(text);
      if (role === "user") {
        lines.push(line);
        this.#said.add(text);
      } else this.#lookForGrams(this.#line);
    }
    this.#lookForGrams(this.#said);
    for (const turns of this.#turns) {
      for (let from = 0; from + turns <= lines.length; from++) {
        mark(this.#wholes, together(lines.slice(from, from + turns)));
      }
    }
  }

  /** One for each question, as they were added. */
  report(): QuestionOverlap[] {
    return this.#questions.map(({ last, words, several, whole, grams }) => ({
      exact: isMarked(this.#lines, last),
      within: isMarked(this.#runs.get(words), last),
      ...(several ? { whole: isMarked(this.#wholes, whole) } : {}),
      grams: { all: grams.length, found: grams.filter((gram) => isMarked(this.#grams, gram)).length },
    }));
  }

  /** Looks for questions in a line or message; gives its hash. */
  #look(line: string): Hash64 | undefined {
    const words = this.#line.clear().add(line);
    const whole = words.whole();
    mark(this.#lines, whole);
    for (const [length, table] of this.#runs) {
      if (length <= words.length) words.each(length, (run) => mark(table, run));
    }
    return whole;
  }

  #lookForGrams(words: WordRuns): void {
    words.each(WORDS, (gram) => mark(this.#grams, gram));
  }
}

/** A hash of hashes in their order; nothing where one is missing. */
function together(hashes: readonly (Hash64 | undefined)[]): Hash64 | undefined {
  let [low, high] = [hashes.length, ~hashes.length];
  for (const hash of hashes) {
    if (!hash) return undefined;
    low = mix(Math.imul(low, 31) ^ hash.low);
    high = mix(Math.imul(high, 37) ^ hash.high);
  }
  return { low, high };
}

function mark(table: HashTable, hash: Hash64 | undefined): void {
  if (hash && table.has(hash)) table.set(hash, 1);
}

const isMarked = (table: HashTable | undefined, hash: Hash64 | undefined): boolean =>
  hash !== undefined && table !== undefined && table.get(hash) > 0;
