import { invariant } from "../base/index.ts";
import { fold } from "./hashing/fold.ts";
import { type Hash64, hash64, mix } from "./hashing/hash.ts";
import { HashTable } from "./hashing/hash-table.ts";
import { WordWindows } from "./hashing/word-windows.ts";
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

/** A question as hashes. */
interface Looked {
  readonly last: Hash64;
  readonly run: Hash64 | undefined;
  readonly words: number;
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
  readonly #runs = new Map<number, { readonly walker: WordWindows; readonly table: HashTable }>();
  readonly #wholes = new HashTable(true);
  readonly #turns = new Set<number>();
  readonly #grams = new HashTable(true);
  readonly #walker = new WordWindows(WORDS);
  #begun = false;

  /** @param turns What the user says; the last is the question. */
  addQuestion(turns: readonly string[]): void {
    invariant(!this.#begun, "questions come before training text");
    const lines = turns.map(hashOfLine);
    const text = (turns.at(-1) ?? "").normalize("NFC");
    const words = countWords(text);
    const runs = words > 0 ? this.#runsOf(words) : undefined;
    let run: Hash64 | undefined;
    runs?.walker.reset();
    runs?.walker.roll(text, ({ low, high }) => {
      run = { low, high };
    });
    const grams: Hash64[] = [];
    this.#walker.reset();
    for (const turn of turns) {
      this.#walker.roll(turn.normalize("NFC"), ({ low, high }) => void grams.push({ low, high }));
    }
    const last = lines.at(-1) ?? hashOfLine("");
    const whole = turns.length > 1 ? together(lines) : undefined;
    this.#questions.push({ last, run, words, whole, grams });
    this.#lines.add(last);
    if (run) runs?.table.add(run);
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
        this.#walker.reset();
        this.#look(line);
      }
      return;
    }
    const said = item.messages.filter(({ role }) => role === "user").map(({ text }) => text);
    this.#walker.reset();
    const lines = said.map((text) => this.#look(text));
    for (const { role, text } of item.messages) {
      if (role === "user") continue;
      this.#walker.reset();
      this.#look(text);
    }
    for (const turns of this.#turns) {
      for (let from = 0; from + turns <= lines.length; from++) {
        mark(this.#wholes, together(lines.slice(from, from + turns)));
      }
    }
  }

  /** One for each question, as they were added. */
  report(): QuestionOverlap[] {
    return this.#questions.map(({ last, run, words, whole, grams }) => ({
      exact: this.#lines.get(last) > 0,
      within: run !== undefined && (this.#runs.get(words)?.table.get(run) ?? 0) > 0,
      ...(whole ? { whole: this.#wholes.get(whole) > 0 } : {}),
      grams: { all: grams.length, found: grams.filter((gram) => this.#grams.get(gram) > 0).length },
    }));
  }

  #runsOf(words: number): { readonly walker: WordWindows; readonly table: HashTable } {
    const known = this.#runs.get(words) ?? { walker: new WordWindows(words), table: new HashTable(true) };
    this.#runs.set(words, known);
    return known;
  }

  /** Looks at a line or message; gives its hash. */
  #look(line: string): Hash64 {
    const text = line.normalize("NFC");
    const hash = hashOfLine(line);
    mark(this.#lines, hash);
    for (const { walker, table } of this.#runs.values()) {
      walker.reset();
      walker.roll(text, (run) => mark(table, run));
    }
    this.#walker.roll(text, (gram) => mark(this.#grams, gram));
    return hash;
  }
}

const hashOfLine = (line: string): Hash64 => hash64(fold(line, "words"));

/** A hash of hashes in their order. */
function together(hashes: readonly Hash64[]): Hash64 {
  let [low, high] = [hashes.length, ~hashes.length];
  for (const hash of hashes)
    [low, high] = [mix(Math.imul(low, 31) ^ hash.low), mix(Math.imul(high, 37) ^ hash.high)];
  return { low, high };
}

function mark(table: HashTable, hash: Hash64): void {
  if (table.has(hash)) table.set(hash, 1);
}

/** The words of a text in NFC, as `WordWindows` sees them. */
function countWords(text: string): number {
  let words = 0;
  new WordWindows(1).roll(text, () => {
    words++;
  });
  return words;
}
