import type { Checkpoint } from "../../checkpoint/index.ts";
import {
  BatchDecoder,
  constraintOf,
  type GenerationConfig,
  Sampler,
  TokenText,
} from "../../generate/index.ts";
import { type SpecialSet, specialSetOf } from "../../text/index.ts";
import type { BackendAbilities, ChatBackend, ChatMessage, ReplyEvent, ReplyOptions } from "../backend.ts";
import { PromptTooLongError, UnableError } from "../errors.ts";
import { Breath } from "./breath.ts";
import { Embedder } from "./embedder.ts";
import { ReplyJob } from "./reply-job.ts";
import { Scheduler } from "./scheduler.ts";
import { tinyPrompt } from "./tiny-prompt.ts";

export interface TinyBackendOptions {
  /** Its weights are released when the backend is closed. */
  readonly checkpoint: Checkpoint;
  /** What opens it again: `run:pip@500`. */
  readonly address: string;
  readonly name: string;
  /** Replies made at once at most, 1 to 64; fewer where their KV cache would take more than 256 MiB. @default 64 */
  readonly mostRows?: number | undefined;
  /** Replies that may wait for a row; more are refused. @default 256 */
  readonly mostWaiting?: number | undefined;
}

const MOST_WAITING = 256;

/** A model of ours, in this thread. Replies that are made at once are computed together, a token of each at a time. */
export class TinyBackend implements ChatBackend {
  readonly kind = "tiny";
  readonly address: string;
  readonly name: string;
  readonly contextWindow: number;
  readonly abilities: BackendAbilities;
  readonly #checkpoint: Checkpoint;
  readonly #set: SpecialSet;
  readonly #scheduler: Scheduler;
  readonly #embedder: Embedder;
  #closed = false;

  /** @throws {ParrotletError} `out-of-memory`. */
  constructor({ checkpoint, address, name, mostRows, mostWaiting = MOST_WAITING }: TinyBackendOptions) {
    const { model, weights, tokenizer } = checkpoint;
    this.address = address;
    this.name = name;
    this.contextWindow = model.config.contextWindow;
    this.#checkpoint = checkpoint;
    this.#set = specialSetOf(tokenizer.special);
    this.abilities = {
      chat: this.#set !== "text",
      complete: true,
      system: this.#set === "chat",
      history: this.#set === "chat",
      logprobs: true,
      embeddings: true,
      formats: ["json", "json-schema", "regex"],
    };
    this.#scheduler = new Scheduler(new BatchDecoder({ model, weights, mostRows }), mostWaiting);
    this.#embedder = new Embedder(model, weights);
  }

  async countTokens(messages: readonly ChatMessage[]): Promise<number> {
    return tinyPrompt(this.name, this.#checkpoint.tokenizer, messages).length;
  }

  async countTextTokens(text: string): Promise<number> {
    return this.#checkpoint.tokenizer.encodeToArray(text).length;
  }

  async *reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    yield* this.#say(tinyPrompt(this.name, this.#checkpoint.tokenizer, messages), config, options, false);
  }

  /** In free text, a model of conversations writes the names of the special tokens that tell who speaks. */
  async *complete(
    text: string,
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    yield* this.#say(this.#textPrompt(text), config, options, this.#set !== "text");
  }

  async embed(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    const breath = new Breath();
    try {
      for (const text of texts) {
        signal?.throwIfAborted();
        this.#expectOpen();
        const ids = this.#textPrompt(text);
        this.#expectRoom(ids.length, 0);
        vectors.push(this.#embedder.embed(ids));
        await breath.take();
      }
    } finally {
      breath.close();
    }
    return vectors;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#scheduler.close();
    this.#embedder.release();
    this.#checkpoint.weights.release();
  }

  async *#say(
    prompt: readonly number[],
    config: GenerationConfig,
    { signal, logprobs }: ReplyOptions,
    showSpecial: boolean,
  ): AsyncGenerator<ReplyEvent, void> {
    this.#expectOpen();
    this.#expectRoom(prompt.length, config.maxNewTokens);
    const { tokenizer } = this.#checkpoint;
    const { stopSequences } = config;
    const constraint = constraintOf(config, tokenizer);
    const sampler = new Sampler(config, { vocabulary: tokenizer.size, prompt, constraint });
    sampler.observe(logprobs);
    const text = new TokenText(tokenizer, { stopSequences, showSpecial });
    const job = new ReplyJob({ prompt, config, tokenizer, sampler, text, observes: logprobs !== undefined });
    const abort = (): void => this.#scheduler.abort(job);
    if (signal?.aborted) job.abort();
    else {
      this.#scheduler.submit(job);
      signal?.addEventListener("abort", abort, { once: true });
    }
    try {
      yield* job.events();
    } finally {
      signal?.removeEventListener("abort", abort);
      abort();
    }
  }

  #textPrompt(text: string): number[] {
    const { tokenizer } = this.#checkpoint;
    return [tokenizer.special.bos, ...tokenizer.encode(text)];
  }

  #expectRoom(promptTokens: number, maxNewTokens: number): void {
    const { contextWindow } = this;
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
  }

  #expectOpen(): void {
    if (this.#closed) throw new UnableError(this.name, "answer any more: it was closed");
  }
}
