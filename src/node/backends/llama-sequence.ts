import type { LlamaSequence } from "./llama-types.ts";

/** Tokens that are read at once: an abort waits for so many. */
const BLOCK = 64;

/**
 * Reads prompts, and goes on token by token. What two prompts begin with alike is read once, in whole blocks only: so the same
 * prompt is always computed in the same steps, and gives the same logits whatever was read before.
 */
export class SequenceReader {
  readonly #sequence: LlamaSequence;
  readonly #logits: Float32Array;
  /** What the sequence holds that was read as whole blocks. */
  #blocks: readonly number[] = [];
  #now: Promise<unknown> = Promise.resolve();

  constructor(sequence: LlamaSequence, vocabulary: number) {
    this.#sequence = sequence;
    this.#logits = new Float32Array(vocabulary);
  }

  /** Starts anew. Gives the logits after the prompt, `[V]`, which the next call overwrites; nothing where `stopped` says so in between. */
  async prefill(prompt: readonly number[], stopped: () => boolean): Promise<Float32Array | undefined> {
    let from = 0;
    const before = this.#blocks;
    while (from + BLOCK < prompt.length && isAlike(before, prompt, from)) from += BLOCK;
    const end = this.#sequence.nextTokenIndex;
    this.#blocks = prompt.slice(0, from);
    if (end > from) await this.#doing(this.#sequence.eraseContextTokenRanges([{ start: from, end }]));
    for (; from + BLOCK < prompt.length; from += BLOCK) {
      if (stopped()) return undefined;
      await this.#doing(this.#sequence.controlledEvaluate(prompt.slice(from, from + BLOCK)));
      this.#blocks = prompt.slice(0, from + BLOCK);
    }
    return stopped() ? undefined : await this.step(prompt.slice(from));
  }

  /** Goes on by tokens, at least one. Gives the logits after the last. */
  async step(tokens: readonly number[]): Promise<Float32Array> {
    const last = tokens.at(-1) ?? 0;
    const input = [...tokens.slice(0, -1), [last, { generateNext: { logits: true } }] as const];
    const outputs = await this.#doing(this.#sequence.controlledEvaluate(input));
    this.#logits.fill(Number.NEGATIVE_INFINITY);
    for (const [token, logit] of outputs.at(-1)?.next.logits ?? []) this.#logits[token] = logit;
    return this.#logits;
  }

  /** Until nothing is computed. */
  async idle(): Promise<void> {
    await this.#now.catch(() => {});
  }

  #doing<T>(work: Promise<T>): Promise<T> {
    this.#now = work;
    return work;
  }
}

const isAlike = (before: readonly number[], prompt: readonly number[], from: number): boolean => {
  for (let i = from; i < from + BLOCK; i++) if (before[i] !== prompt[i]) return false;
  return true;
};
