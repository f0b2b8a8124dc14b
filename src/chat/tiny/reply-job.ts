import type { FinishReason, GenerationConfig, Sampler, Sequence, TokenText } from "../../generate/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { ChosenToken, ReplyEvent, TokenLogprob } from "../backend.ts";

export interface ReplyJobOptions {
  readonly prompt: readonly number[];
  readonly config: GenerationConfig;
  readonly tokenizer: Tokenizer;
  readonly sampler: Sampler;
  readonly text: TokenText;
  /** Tell each token. */
  readonly observes: boolean;
}

/**
 * A reply that is being made, and what of it nobody has taken yet: that is one delta, however slow the reader, so a reply
 * never waits for its reader and takes no more memory than its text.
 */
export class ReplyJob {
  readonly prompt: readonly number[];
  /** Its row, once it has one. */
  sequence: Sequence | undefined;
  readonly #options: ReplyJobOptions;
  readonly #created: number = performance.now();
  #began = 0;
  #firstToken = 0;
  #made = 0;
  /** When its reader was last told of a delta. */
  #told = Number.NEGATIVE_INFINITY;
  /** What was chosen and is not yet certain to be text. */
  readonly #chosen: ChosenToken[] = [];
  #text = "";
  #tokens: ChosenToken[] = [];
  #end: Extract<ReplyEvent, { type: "end" }> | undefined;
  #error: unknown;
  #failed = false;
  #wake: (() => void) | undefined;

  constructor(options: ReplyJobOptions) {
    this.prompt = options.prompt;
    this.#options = options;
  }

  get ended(): boolean {
    return this.#end !== undefined || this.#failed;
  }

  /** Milliseconds since its turn came. */
  get age(): number {
    return performance.now() - this.#began;
  }

  begin(sequence: Sequence): void {
    this.#began = performance.now();
    this.sequence = sequence;
  }

  /**
   * Chooses what comes next by what its row says; the row's next token is that, unless the reply has ended.
   *
   * @param every Milliseconds that the reader is left alone after a delta; the first and the last come at once.
   */
  advance(sequence: Sequence, every: number): void {
    const { sampler, text, tokenizer, config, observes } = this.#options;
    const token = sampler.next(sequence.logits);
    if (this.#firstToken === 0) this.#firstToken = performance.now();
    if (token === tokenizer.special.eos) {
      this.#finish("stop", true);
      return;
    }
    this.#made++;
    if (observes) this.#observe(sampler);
    this.#tell(text.push(token));
    if (text.stopped) this.#finish("stop", false);
    else if (sampler.ended) this.#finish("stop", true);
    else if (this.#made >= config.maxNewTokens) this.#finish("length", true);
    else sequence.next = token;
    if (this.#text === "" && this.#tokens.length === 0) return;
    const now = every > 0 ? performance.now() : 0;
    if (now < this.#told + every) return;
    this.#told = now;
    this.#notify();
  }

  abort(): void {
    if (!this.ended) this.#finish("aborted", false);
  }

  fail(error: unknown): void {
    if (this.ended) return;
    this.#failed = true;
    this.#error = error;
    this.#notify();
  }

  /** What came since the last event, as soon as there is something. */
  async *events(): AsyncGenerator<ReplyEvent, void> {
    for (;;) {
      if (this.#text !== "" || this.#tokens.length > 0) {
        const tokens = this.#options.observes ? { tokens: this.#tokens } : {};
        const delta = { type: "delta", text: this.#text, ...tokens } as const;
        this.#text = "";
        this.#tokens = [];
        yield delta;
      } else if (this.#failed) throw this.#error;
      else if (this.#end) return yield this.#end;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #finish(finish: FinishReason, flush: boolean): void {
    if (flush) this.#tell(this.#options.text.flush());
    const now = performance.now();
    const began = this.#began || now;
    this.#end = {
      type: "end",
      finish,
      usage: { promptTokens: this.prompt.length, completionTokens: this.#made },
      timing: {
        queued: began - this.#created,
        firstToken: (this.#firstToken || now) - began,
        total: now - began,
      },
    };
    this.#notify();
  }

  #tell(delta: { readonly text: string; readonly tokens: number }): void {
    this.#text += delta.text;
    if (this.#chosen.length > 0) this.#tokens.push(...this.#chosen.splice(0, delta.tokens));
  }

  #observe({ observed }: Sampler): void {
    if (!observed) return;
    const { tokenizer } = this.#options;
    const named = ({ token, logprob }: { token: number; logprob: number }): TokenLogprob => ({
      text: tokenizer.byteLength(token) === 0 ? tokenizer.show(token) : tokenizer.decode([token]),
      bytes: tokenizer.bytesOf([token]),
      logprob,
    });
    this.#chosen.push({ ...named(observed), alternatives: observed.alternatives.map(named) });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
