import type { Item } from "../../data/index.ts";
import type { TemplateMessage } from "../../text/index.ts";
import type { Replier } from "./replier.ts";
import { wordsOf } from "./words.ts";

/** Words in more questions than this share of them say little, and cost most of the time. */
const COMMON = 0.1;

/**
 * Pure memory: replies what was replied in training to the question that is most like the last message. Alike are questions that
 * share words, rare ones above all (the cosine of their words weighed by inverse frequency); of equally like ones the first, and of
 * several replies to it the most frequent.
 *
 * @see Spärck Jones 1972, A statistical interpretation of term specificity. Journal of Documentation 28.
 */
export class NearestQuestion implements Replier {
  /** What was replied to a question, by its words in a row. */
  readonly #replies = new Map<string, Map<string, number>>();
  #index: QuestionIndex | undefined;

  /** Reads what a user says and what is replied to it. Texts are nobody's replies. */
  learn(item: Item): void {
    this.#index = undefined;
    if (item.kind === "text") return;
    for (const [at, { role, text }] of item.messages.entries()) {
      const next = item.messages[at + 1];
      if (role !== "user" || next?.role !== "assistant") continue;
      const key = wordsOf(text).join(" ");
      const replies = this.#replies.get(key) ?? new Map<string, number>();
      this.#replies.set(key, replies);
      replies.set(next.text, (replies.get(next.text) ?? 0) + 1);
    }
  }

  reply(messages: readonly TemplateMessage[]): string {
    const words = wordsOf(messages.at(-1)?.text ?? "");
    const same = this.#replies.get(words.join(" "));
    if (same) return mostFrequent(same);
    this.#index ??= new QuestionIndex([...this.#replies.keys()]);
    const nearest = this.#index.nearest(words);
    const replies = nearest === undefined ? undefined : this.#replies.get(nearest);
    return replies ? mostFrequent(replies) : "";
  }
}

function mostFrequent(replies: ReadonlyMap<string, number>): string {
  let [best, most] = ["", 0];
  for (const [reply, times] of replies) if (times > most) [best, most] = [reply, times];
  return best;
}

/** Questions by their words. */
class QuestionIndex {
  readonly #questions: readonly string[];
  /** By word: the numbers of the questions that have it. */
  readonly #holding = new Map<string, number[]>();
  /** By question: the length of the vector of its words' weights. */
  readonly #norms: Float64Array;
  readonly #scores: Float64Array;

  constructor(questions: readonly string[]) {
    this.#questions = questions;
    this.#norms = new Float64Array(questions.length);
    this.#scores = new Float64Array(questions.length);
    for (const [number, question] of questions.entries()) {
      for (const word of new Set(question.split(" "))) {
        const own = this.#holding.get(word);
        if (own) own.push(number);
        else this.#holding.set(word, [number]);
      }
    }
    for (const [word, numbers] of this.#holding) {
      const weight = this.#weight(word);
      for (const number of numbers) this.#norms[number] = (this.#norms[number] ?? 0) + weight * weight;
    }
    for (let i = 0; i < this.#norms.length; i++) this.#norms[i] = Math.sqrt(this.#norms[i] ?? 0);
  }

  /** The question that is most like these words; nothing where none shares one. */
  nearest(words: readonly string[]): string | undefined {
    const known = [...new Set(words)].filter((word) => this.#holding.has(word));
    const telling = known.filter((word) => this.#count(word) <= COMMON * this.#questions.length);
    const touched = new Set<number>();
    for (const word of telling.length > 0 ? telling : known) {
      const weight = this.#weight(word) ** 2;
      for (const number of this.#holding.get(word) ?? []) {
        this.#scores[number] = (this.#scores[number] ?? 0) + weight;
        touched.add(number);
      }
    }
    const best = this.#best(touched);
    for (const number of touched) this.#scores[number] = 0;
    return best === undefined ? undefined : this.#questions[best];
  }

  /** The question with the highest score for its length; of equal ones the first. */
  #best(numbers: Iterable<number>): number | undefined {
    let [best, most]: [number | undefined, number] = [undefined, -1];
    for (const number of numbers) {
      const score = (this.#scores[number] ?? 0) / (this.#norms[number] || 1);
      if (score > most || (score === most && number < (best ?? 0))) [best, most] = [number, score];
    }
    return best;
  }

  #count(word: string): number {
    return this.#holding.get(word)?.length ?? 0;
  }

  #weight(word: string): number {
    return Math.log(1 + this.#questions.length / this.#count(word));
  }
}
