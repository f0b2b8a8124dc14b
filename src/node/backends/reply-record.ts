import type { ChosenToken, ReplyEvent, TokenLogprob } from "../../chat/index.ts";
import type { FinishReason, ObservedToken, TextDelta, TokenChance } from "../../generate/index.ts";
import type { Tokenizer } from "../../text/index.ts";

/** Counts and times a reply, and makes its events. */
export class ReplyRecord {
  /** Why it ended; what nothing else ended was aborted. */
  finish: FinishReason = "aborted";
  /** Tokens of the reply. */
  made = 0;
  readonly #tokenizer: Tokenizer;
  readonly #promptTokens: number;
  readonly #logprobs: boolean;
  readonly #asked: number = performance.now();
  #began: number = this.#asked;
  #first: number | undefined;
  /** Tokens whose text is not certain yet. */
  readonly #kept: ChosenToken[] = [];

  constructor(tokenizer: Tokenizer, promptTokens: number, logprobs: number | undefined) {
    this.#tokenizer = tokenizer;
    this.#promptTokens = promptTokens;
    this.#logprobs = logprobs !== undefined;
  }

  /** Its turn came. */
  begin(): void {
    this.#began = performance.now();
  }

  add(token: number, observed: ObservedToken | undefined): void {
    this.#first ??= performance.now();
    this.made++;
    if (!this.#logprobs || observed?.token !== token) return;
    const alternatives = observed.alternatives.map((other) => this.#told(other));
    this.#kept.push({ ...this.#told(observed), alternatives });
  }

  /** The event for what became certain; none where that is nothing. */
  delta({ text, tokens: count }: TextDelta): Extract<ReplyEvent, { type: "delta" }> | undefined {
    const tokens = this.#kept.splice(0, count);
    if (text === "" && tokens.length === 0) return undefined;
    return { type: "delta", text, ...(this.#logprobs ? { tokens } : {}) };
  }

  end(): Extract<ReplyEvent, { type: "end" }> {
    const now = performance.now();
    const timing = {
      queued: this.#began - this.#asked,
      firstToken: (this.#first ?? now) - this.#began,
      total: now - this.#began,
    };
    const usage = { promptTokens: this.#promptTokens, completionTokens: this.made };
    return { type: "end", finish: this.finish, usage, timing };
  }

  #told({ token, logprob }: TokenChance): TokenLogprob {
    const bytes = this.#tokenizer.bytesOf([token]);
    const text = bytes.length > 0 ? new TextDecoder().decode(bytes) : this.#tokenizer.show(token);
    return { text, bytes, logprob };
  }
}
