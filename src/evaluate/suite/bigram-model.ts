import type { TemplateMessage, Tokenizer } from "../../text/index.ts";
import { type Replier, type Reply, readPrompt, requireReplies } from "./replier.ts";

/**
 * How often each token follows each other one: the simplest model that has learned something, and all it knows of a question is
 * its last token. Counts are discounted and what that sets free is given to tokens by how many different ones they follow, so
 * that after a token that never stood anywhere the most versatile one comes.
 *
 * @see Kneser and Ney 1995, Improved backing-off for m-gram language modeling. ICASSP.
 */
export class BigramModel {
  readonly #following: readonly ReadonlyMap<number, number>[];
  /** By token: the different tokens that it follows. */
  readonly #versatility: Float64Array;
  /** By token: how often another one follows it. */
  readonly #total: Float64Array;
  readonly #pairs: number;
  readonly #discount: number;

  /** @param sequences Documents and conversations: none goes on in the next. */
  constructor(sequences: Iterable<ArrayLike<number>>, vocabulary: number) {
    const following = countPairs(sequences, vocabulary);
    this.#following = following;
    this.#versatility = new Float64Array(vocabulary);
    this.#total = new Float64Array(vocabulary);
    let [pairs, once, twice] = [0, 0, 0];
    for (const [token, own] of following.entries()) {
      for (const [next, count] of own) {
        this.#total[token] = (this.#total[token] ?? 0) + count;
        this.#versatility[next] = (this.#versatility[next] ?? 0) + 1;
        pairs++;
        if (count === 1) once++;
        if (count === 2) twice++;
      }
    }
    this.#pairs = pairs;
    this.#discount = once + twice === 0 ? 0.5 : Math.max(0.1, once / (once + 2 * twice));
  }

  /** How probable `next` is after `token`. */
  probability(token: number, next: number): number {
    const own = this.#following[token];
    const backoff = this.#pairs === 0 ? 0 : (this.#versatility[next] ?? 0) / this.#pairs;
    if (!own || own.size === 0) return backoff;
    const kept = Math.max(0, (own.get(next) ?? 0) - this.#discount);
    return (kept + this.#discount * own.size * backoff) / (this.#total[token] ?? 1);
  }

  /** The most probable token after another; of equally probable ones the first. */
  likeliest(token: number): number {
    let [best, most] = [0, -1];
    for (let next = 0; next < this.#versatility.length; next++) {
      const probability = this.probability(token, next);
      if (probability > most) [best, most] = [next, probability];
    }
    return best;
  }
}

function countPairs(sequences: Iterable<ArrayLike<number>>, vocabulary: number): Map<number, number>[] {
  const following = Array.from({ length: vocabulary }, () => new Map<number, number>());
  for (const tokens of sequences) {
    for (let i = 1; i < tokens.length; i++) {
      const own = following[tokens[i - 1] ?? 0];
      const next = tokens[i] ?? 0;
      own?.set(next, (own.get(next) ?? 0) + 1);
    }
  }
  return following;
}

export interface BigramReplierOptions {
  readonly tokenizer: Tokenizer;
  readonly contextWindow: number;
  /** The most tokens of a reply. */
  readonly maxNewTokens: number;
}

/**
 * What a bigram model replies, always by the likeliest token.
 *
 * @throws {ParrotletError} `exam-needs-replies`.
 */
export function bigramReplier(
  model: BigramModel,
  { tokenizer, contextWindow, maxNewTokens }: BigramReplierOptions,
): Replier {
  requireReplies(tokenizer);
  const likeliest = new Map<number, number>();
  const after = (token: number): number => {
    const next = likeliest.get(token) ?? model.likeliest(token);
    likeliest.set(token, next);
    return next;
  };
  return {
    reply(messages: readonly TemplateMessage[]): Reply {
      const prompt = readPrompt(tokenizer, messages, { capacity: contextWindow, reply: maxNewTokens });
      let last = prompt?.at(-1);
      const made: number[] = [];
      while (last !== undefined && made.length < maxNewTokens) {
        last = after(last);
        if (last === tokenizer.special.eos) return { text: tokenizer.decode(made), cut: false };
        made.push(last);
      }
      return { text: tokenizer.decode(made), cut: prompt !== undefined };
    },
  };
}
