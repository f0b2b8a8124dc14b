import { ParrotletError } from "../../base/index.ts";
import {
  type BackendAbilities,
  type ChatBackend,
  type ChatMessage,
  type ChosenToken,
  PromptTooLongError,
  type ReplyEvent,
  type ReplyOptions,
  type TokenLogprob,
  UnableError,
} from "../../chat/index.ts";
import {
  constraintOf,
  type FinishReason,
  type GenerationConfig,
  type ObservedToken,
  Sampler,
  type TextDelta,
  TokenText,
} from "../../generate/index.ts";
import { specialSetOf } from "../../text/index.ts";
import type { GgufTokenizer } from "./gguf-tokenizer.ts";
import type { LlamaPrompt } from "./llama-prompt.ts";
import { SequenceReader } from "./llama-sequence.ts";
import type { LlamaContext, LlamaEmbeddingContext, LlamaModel } from "./llama-types.ts";
import { Turns } from "./turns.ts";

/** What a `LlamaBackend` is made of. */
export interface LlamaParts {
  readonly address: string;
  readonly name: string;
  readonly contextWindow: number;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly tokenizer: GgufTokenizer;
  /** Absent where the file has no chat template. */
  readonly prompt: LlamaPrompt | undefined;
  readonly threads: number | undefined;
}

/** A reply that is being made. */
interface Making {
  readonly sampler: Sampler;
  readonly text: TokenText;
  readonly config: GenerationConfig;
  readonly signal: AbortSignal;
  readonly logprobs: number | undefined;
  /** Tokens that were chosen and not told yet. */
  readonly chosen: ChosenToken[];
  made: number;
  firstToken: number;
}

/**
 * A GGUF model in llama.cpp. It gives logits; everything after them is ours: the same controls, stop sequences and formats as the
 * tiny backend's, to the letter. One reply at a time is made, the others wait.
 */
export class LlamaBackend implements ChatBackend {
  readonly kind = "llama";
  readonly address: string;
  readonly name: string;
  readonly contextWindow: number;
  readonly abilities: BackendAbilities;
  readonly #parts: LlamaParts;
  readonly #reader: SequenceReader;
  readonly #turns: Turns = new Turns();
  readonly #closed: AbortController = new AbortController();
  #embedder: Promise<LlamaEmbeddingContext> | undefined;

  constructor(parts: LlamaParts) {
    const { address, name, contextWindow, context, tokenizer, prompt } = parts;
    this.#parts = parts;
    this.address = address;
    this.name = name;
    this.contextWindow = contextWindow;
    this.#reader = new SequenceReader(context.getSequence(), tokenizer.size);
    const pairs = specialSetOf(tokenizer.special) === "pairs"; // learned from single questions
    this.abilities = {
      chat: prompt !== undefined,
      complete: true,
      system: prompt?.takes("system", "user") ?? false,
      history: !pairs && (prompt?.takes("user", "assistant", "user") ?? false),
      logprobs: true,
      embeddings: true,
      formats: ["json", "json-schema", "regex"],
    };
  }

  async countTokens(messages: readonly ChatMessage[]): Promise<number> {
    return this.#promptOf(messages).length;
  }

  async countTextTokens(text: string): Promise<number> {
    return this.#parts.tokenizer.encode(text).length;
  }

  async *reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    yield* this.#make(this.#promptOf(messages), config, options);
  }

  async *complete(
    text: string,
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    yield* this.#make(this.#begun(text), config, options);
  }

  async embed(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array[]> {
    const { contextWindow } = this;
    const all = texts.map((text) => this.#begun(text));
    const long = all.find(({ length }) => length >= contextWindow);
    if (long) throw new PromptTooLongError({ promptTokens: long.length, maxNewTokens: 1, contextWindow });
    const vectors: Float32Array[] = [];
    for (const tokens of all) {
      signal?.throwIfAborted();
      const { model, threads } = this.#parts;
      this.#embedder ??= model.createEmbeddingContext({ contextSize: contextWindow, threads });
      const { vector } = await (await this.#embedder).getEmbeddingFor(tokens);
      const length = Math.hypot(...vector) || 1;
      vectors.push(Float32Array.from(vector, (value) => value / length));
    }
    return vectors;
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await this.#reader.idle();
    await (await this.#embedder?.catch(() => undefined))?.dispose();
    await this.#parts.context.dispose();
    await this.#parts.model.dispose();
  }

  /** A text as it stands at the beginning of a document. */
  #begun(text: string): number[] {
    const { tokenizer, model } = this.#parts;
    const ids = tokenizer.encode(text);
    const starts = model.tokens.shouldPrependBosToken || ids.length === 0;
    return starts ? [tokenizer.special.bos, ...ids] : ids;
  }

  #promptOf(messages: readonly ChatMessage[]): number[] {
    const { prompt } = this.#parts;
    if (!prompt) {
      const message = `${this.name} has no chat template: it goes on with texts, and takes no messages.`;
      throw new ParrotletError("no-chat-template", message);
    }
    if (!this.abilities.system && messages.some(({ role }) => role === "system"))
      throw new UnableError(this.name, "take a message of the role system", "Leave it out.");
    if (this.abilities.history) return prompt.encode(messages);
    return prompt.encode(messages.slice(messages.findLastIndex(({ role }) => role === "user")));
  }

  async *#make(
    prompt: readonly number[],
    config: GenerationConfig,
    { signal, logprobs }: ReplyOptions,
  ): AsyncGenerator<ReplyEvent, void> {
    const { contextWindow } = this;
    const { tokenizer } = this.#parts;
    const { maxNewTokens, stopSequences } = config;
    const promptTokens = prompt.length;
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
    const constraint = constraintOf(config, tokenizer);
    const sampler = new Sampler(config, { vocabulary: tokenizer.size, prompt, constraint });
    sampler.observe(logprobs);
    const making: Making = {
      ...{ sampler, config, logprobs, chosen: [], made: 0, firstToken: 0 },
      text: new TokenText(tokenizer, { stopSequences }),
      signal: signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal,
    };
    const asked = performance.now();
    const end = await this.#turns.take(making.signal);
    const started = performance.now();
    try {
      const finish = end ? yield* this.#tokens(prompt, making, started) : "aborted";
      const { made, firstToken } = making;
      yield {
        type: "end",
        finish,
        usage: { promptTokens, completionTokens: made },
        timing: { queued: started - asked, firstToken, total: performance.now() - started },
      };
    } finally {
      end?.();
    }
  }

  async *#tokens(
    prompt: readonly number[],
    making: Making,
    started: number,
  ): AsyncGenerator<ReplyEvent, FinishReason> {
    const { sampler, text, config, signal } = making;
    const stopped = (): boolean => signal.aborted;
    let logits = await this.#reader.prefill(prompt, stopped);
    while (logits && !signal.aborted) {
      const token = sampler.next(logits);
      making.firstToken ||= performance.now() - started;
      if (this.#parts.model.isEogToken(token)) return yield* this.#last(making, "stop");
      making.made++;
      if (sampler.observed) making.chosen.push(this.#chosen(sampler.observed));
      yield* told(text.push(token), making);
      if (text.stopped) return "stop";
      if (sampler.ended) return yield* this.#last(making, "stop");
      if (making.made === config.maxNewTokens) return yield* this.#last(making, "length");
      if (!signal.aborted) logits = await this.#reader.step([token]);
    }
    return "aborted";
  }

  /** What was kept back, as nothing follows. */
  async *#last(making: Making, finish: FinishReason): AsyncGenerator<ReplyEvent, FinishReason> {
    yield* told(making.text.flush(), making);
    return making.text.stopped ? "stop" : finish;
  }

  #chosen({ alternatives, ...chance }: ObservedToken): ChosenToken {
    const { tokenizer } = this.#parts;
    const tell = ({ token, logprob }: { token: number; logprob: number }): TokenLogprob => {
      const bytes = tokenizer.bytesOf([token]);
      return { text: bytes.length === 0 ? tokenizer.show(token) : tokenizer.decode([token]), bytes, logprob };
    };
    return { ...tell(chance), alternatives: alternatives.map(tell) };
  }
}

function* told({ text, tokens }: TextDelta, { chosen, logprobs }: Making): Generator<ReplyEvent, void> {
  const own = chosen.splice(0, tokens);
  if (logprobs !== undefined && own.length > 0) yield { type: "delta", text, tokens: own };
  else if (text !== "") yield { type: "delta", text };
}
