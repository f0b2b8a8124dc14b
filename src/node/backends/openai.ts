import { encodeText, ParrotletError } from "../../base/index.ts";
import {
  type BackendAbilities,
  BackendDownError,
  type ChatBackend,
  type ChatMessage,
  type ChosenToken,
  formatAddress,
  type ReplyEvent,
  type ReplyOptions,
  UnableError,
  type Usage,
} from "../../chat/index.ts";
import { type FinishReason, type GenerationConfig, StopSequences } from "../../generate/index.ts";
import { type Chunk, readChunk } from "./openai-chunk.ts";
import { fieldsOf, OpenAiClient, type OpenAiClientOptions } from "./openai-client.ts";
import { listServerModels } from "./openai-models.ts";
import { chatFields, completionFields, samplingFields } from "./openai-request.ts";

export interface OpenAiOptions extends OpenAiClientOptions {
  /** @default the first that the server has */
  readonly model?: string | undefined;
  /** Where it is not given, what the server tells of it counts, and where that tells nothing, 4,096. */
  readonly contextWindow?: number | undefined;
}

const CONTEXT_WINDOW = 4096;

/** Bytes of a token, about; what a message costs beside its text. A server counts by a tokenizer that only it has. */
const TOKEN_BYTES = 3;
const MESSAGE_TOKENS = 4;

/** @throws {ParrotletError} `backend-down`, `backend-refused`, `model-not-found` where the server has none. */
export async function openOpenAiBackend(options: OpenAiOptions): Promise<ChatBackend> {
  const client = new OpenAiClient(options);
  const models = await listServerModels(client).catch((error: unknown) => {
    // Some servers have no list.
    if (options.model !== undefined && (error as ParrotletError).code === "backend-refused") return [];
    throw error;
  });
  const model = options.model ?? models[0]?.id;
  if (model === undefined)
    throw new ParrotletError(
      "model-not-found",
      `${options.url} says that it has no model. Load one there first.`,
    );
  const told = models.find(({ id }) => id === model)?.contextWindow;
  return new OpenAiBackend(client, model, options.contextWindow ?? told ?? CONTEXT_WINDOW);
}

/** A model behind an OpenAI-compatible URL: Ollama, llama.cpp, LM Studio, vLLM, or `parrotlet serve`. Tokens are counted roughly. */
export class OpenAiBackend implements ChatBackend {
  readonly kind = "openai";
  readonly name: string;
  readonly address: string;
  readonly contextWindow: number;
  readonly abilities: BackendAbilities = {
    ...{ chat: true, complete: true, system: true, history: true, logprobs: true, embeddings: true },
    formats: ["json", "json-schema"],
  };
  readonly #client: OpenAiClient;
  readonly #closed = new AbortController();

  constructor(client: OpenAiClient, model: string, contextWindow: number) {
    this.#client = client;
    this.name = model;
    this.address = formatAddress({ kind: "openai", url: client.url, model });
    this.contextWindow = contextWindow;
  }

  async countTokens(messages: readonly ChatMessage[]): Promise<number> {
    return messages.reduce((sum, { text }) => sum + MESSAGE_TOKENS + tokensOf(text), MESSAGE_TOKENS);
  }

  async countTextTokens(text: string): Promise<number> {
    return tokensOf(text);
  }

  async *reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    const prompt = await this.countTokens(messages);
    const fields = chatFields(messages, options, samplingFields(config, this.name));
    yield* this.#say("/chat/completions", fields, prompt, config, options);
  }

  async *complete(
    text: string,
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    const fields = completionFields(text, options, samplingFields(config, this.name));
    yield* this.#say("/completions", fields, tokensOf(text), config, options);
  }

  /** @param prompt Its tokens, about. */
  async *#say(
    path: string,
    fields: Readonly<Record<string, unknown>>,
    prompt: number,
    config: GenerationConfig,
    options: ReplyOptions,
  ): AsyncGenerator<ReplyEvent, void> {
    this.#checkLength(prompt, config.maxNewTokens);
    const signal = this.#signal(options.signal);
    const reply = new Incoming(config.stopSequences);
    try {
      signal.throwIfAborted();
      const chunks = this.#client.stream(path, { model: this.name, ...fields }, signal);
      yield* deltasOf(
        toEnd(chunks, this.#client.url, () => reply.finish !== undefined),
        reply,
        signal,
      );
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (reply.cutter.stopped || !signal.aborted) {
      const rest = reply.cutter.flush();
      if (rest) yield rest;
    }
    yield reply.end(signal.aborted, { promptTokens: prompt, maxNewTokens: config.maxNewTokens });
  }

  /** A guess is enough to see what never fits; what may fit, the server decides. */
  #checkLength(prompt: number, maxNewTokens: number): void {
    const { contextWindow } = this;
    if (prompt + maxNewTokens <= contextWindow) return;
    const message =
      `The prompt is about ${prompt} tokens and maxNewTokens is ${maxNewTokens}, but the context window of ${this.name} holds ` +
      `${contextWindow}. Shorten the message, lower maxNewTokens, or set the server's contextWindow in parrotlet.yaml.`;
    throw new ParrotletError("prompt-too-long", message);
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }

  async embed(
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    const request = { model: this.name, input: texts, encoding_format: "float" };
    const { data } = fieldsOf(await this.#client.json("/embeddings", request, this.#signal(signal)));
    const vectors = Array.isArray(data) ? data.map((entry) => fieldsOf(entry)["embedding"]) : [];
    if (vectors.length !== texts.length || !vectors.every(isVector))
      throw new UnableError(
        this.name,
        "turn texts into vectors",
        "Its answer holds no list of numbers for each.",
      );
    return vectors.map((vector) => {
      const length = Math.hypot(...vector) || 1;
      return Float32Array.from(vector, (value) => value / length);
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

const tokensOf = (text: string): number => Math.ceil(encodeText(text).length / TOKEN_BYTES);

const MOST_WIDTH = 65_536;

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= MOST_WIDTH &&
  value.every((number) => typeof number === "number" && Number.isFinite(number));

/** A stream that ends although neither the reply nor the stream is over was cut off. */
async function* toEnd<T>(
  chunks: AsyncGenerator<T, boolean>,
  url: string,
  isOver: () => boolean,
): AsyncGenerator<T, void> {
  const told = yield* chunks;
  if (!told && !isOver()) throw new BackendDownError(url, "it broke off in the middle of a reply");
}

/** What the chunks of an answer say, up to a stop sequence or an abort. */
async function* deltasOf(
  chunks: AsyncIterable<Readonly<Record<string, unknown>>>,
  reply: Incoming,
  signal: AbortSignal,
): AsyncGenerator<ReplyEvent, void> {
  for await (const value of chunks) {
    const delta = reply.take(readChunk(value));
    if (delta) yield delta;
    if (reply.cutter.stopped || signal.aborted) return;
  }
}

/** A reply as it comes. */
class Incoming {
  readonly cutter: Cutter;
  finish: FinishReason | undefined;
  #usage: Usage | undefined;
  #pieces = 0;
  readonly #started = performance.now();
  #firstToken: number | undefined;

  constructor(stopSequences: readonly string[]) {
    this.cutter = new Cutter(stopSequences);
  }

  take({ text, tokens, usage, finish }: Chunk): ReplyEvent | undefined {
    this.#usage = usage ?? this.#usage;
    this.finish = finish ?? this.finish;
    if (text === "" && tokens.length === 0) return undefined;
    this.#firstToken ??= performance.now() - this.#started;
    this.#pieces++;
    return this.cutter.push(text, tokens);
  }

  /** @param guess What is told where the server does not say; a piece is mostly a token. */
  end(
    aborted: boolean,
    { promptTokens, maxNewTokens }: { promptTokens: number; maxNewTokens: number },
  ): ReplyEvent {
    const total = performance.now() - this.#started;
    const completionTokens = Math.min(this.#pieces, maxNewTokens);
    return {
      type: "end",
      finish: this.cutter.stopped ? "stop" : aborted ? "aborted" : (this.finish ?? "stop"),
      usage: this.#usage ?? { promptTokens, completionTokens, estimated: true },
      timing: { queued: 0, firstToken: this.#firstToken ?? total, total },
    };
  }
}

/** Text up to the first stop sequence, with the tokens that are part of it. */
class Cutter {
  readonly #stop: StopSequences;
  readonly #waiting: { readonly token: ChosenToken; readonly start: number; readonly end: number }[] = [];
  /** UTF-16 code units that came in of text and of tokens, and that went out. */
  #made = 0;
  #told = 0;

  constructor(sequences: readonly string[]) {
    this.#stop = new StopSequences(sequences);
  }

  get stopped(): boolean {
    return this.#stop.stopped;
  }

  push(piece: string, tokens: readonly ChosenToken[]): Extract<ReplyEvent, { type: "delta" }> | undefined {
    const start = this.#made;
    this.#made += piece.length;
    for (const token of tokens) this.#waiting.push({ token, start, end: this.#made });
    return this.#certain(this.#stop.push(piece));
  }

  flush(): Extract<ReplyEvent, { type: "delta" }> | undefined {
    return this.#certain(this.#stop.flush());
  }

  #certain(text: string): Extract<ReplyEvent, { type: "delta" }> | undefined {
    this.#told += text.length;
    const waits = this.#waiting.findIndex(({ start, end }) =>
      this.stopped ? start >= this.#told : end > this.#told,
    );
    const tokens = this.#waiting.splice(0, waits < 0 ? this.#waiting.length : waits);
    if (text === "" && tokens.length === 0) return undefined;
    return {
      type: "delta",
      text,
      ...(tokens.length > 0 && { tokens: tokens.map(({ token }) => token) }),
    };
  }
}
