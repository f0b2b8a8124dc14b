import type { FinishReason, GenerationConfig } from "../generate/index.ts";
import type {
  BackendAbilities,
  ChatBackend,
  ChatMessage,
  ReplyEvent,
  ReplyOptions,
  TokenLogprob,
} from "./backend.ts";
import { PromptTooLongError, UnableError } from "./errors.ts";

export interface ScriptedOptions {
  /** What it says to messages. @default the newest message of the user, backwards */
  readonly answer?: (messages: readonly ChatMessage[], config: GenerationConfig) => string;
  /** @default 200 */
  readonly contextWindow?: number;
  /** Milliseconds before each token. @default 0 */
  readonly delay?: number;
  readonly abilities?: Partial<BackendAbilities>;
  readonly name?: string;
}

/** A backend without a model, for tests of what stands above backends: a token is a character, and each message costs one more. */
export class ScriptedBackend implements ChatBackend {
  readonly kind = "tiny";
  readonly name: string;
  readonly address: string;
  readonly contextWindow: number;
  readonly abilities: BackendAbilities;
  /** What it was asked, for tests to look at. */
  readonly asked: { readonly messages: readonly ChatMessage[]; readonly config: GenerationConfig }[] = [];
  /** Replies that ended by an abort, and tokens that were made in all. */
  aborted = 0;
  made = 0;
  closed = false;
  readonly #options: ScriptedOptions;

  constructor(options: ScriptedOptions = {}) {
    const { contextWindow = 200, name = "scripted", abilities = {} } = options;
    this.#options = options;
    this.name = name;
    this.address = `run:${name}`;
    this.contextWindow = contextWindow;
    const all = { chat: true, complete: true, system: true, history: true, embeddings: true } as const;
    this.abilities = { ...all, logprobs: true, formats: ["json", "json-schema", "regex"], ...abilities };
  }

  async countTokens(messages: readonly ChatMessage[]): Promise<number> {
    return messages.reduce((sum, { text }) => sum + 1 + [...text].length, 1);
  }

  async countTextTokens(text: string): Promise<number> {
    return [...text].length;
  }

  async *reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    this.asked.push({ messages, config });
    const newest = messages.findLast(({ role }) => role === "user")?.text ?? "";
    const whole = this.#options.answer?.(messages, config) ?? [...newest].reverse().join("");
    const last = messages.at(-1);
    const begun = last?.role === "assistant" && whole.startsWith(last.text) ? last.text.length : 0;
    const answer = whole.slice(begun);
    yield* this.#say(answer, await this.countTokens(messages), config, options);
  }

  async *complete(
    text: string,
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    this.asked.push({ messages: [{ role: "user", text }], config });
    yield* this.#say([...text].reverse().join(""), [...text].length, config, options);
  }

  async *#say(
    answer: string,
    promptTokens: number,
    config: GenerationConfig,
    { signal, logprobs }: ReplyOptions,
  ): AsyncGenerator<ReplyEvent, void> {
    const { contextWindow } = this;
    const { maxNewTokens, stopSequences, format } = config;
    const { abilities } = this;
    if (logprobs !== undefined && !abilities.logprobs)
      throw new UnableError(this.name, "tell log-probabilities");
    if (format && !abilities.formats.includes(format.type))
      throw new UnableError(this.name, `keep to the format ${format.type}`);
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
    const started = performance.now();
    const ends = stopSequences.map((stop) => answer.indexOf(stop)).filter((at) => at >= 0);
    const text = [...answer.slice(0, Math.min(answer.length, ...ends))];
    let completionTokens = 0;
    let finish: FinishReason = text.length > maxNewTokens ? "length" : "stop";
    try {
      for (const character of text.slice(0, maxNewTokens)) {
        if (this.#options.delay) await new Promise((done) => setTimeout(done, this.#options.delay));
        if (signal?.aborted || this.closed) {
          finish = "aborted";
          break;
        }
        completionTokens++;
        this.made++;
        const bytes = new TextEncoder().encode(character);
        const token = { text: character, bytes, logprob: -0.5 };
        const chosen = { ...token, alternatives: likeliest(token, logprobs ?? 0) };
        yield { type: "delta", text: character, ...(logprobs === undefined ? {} : { tokens: [chosen] }) };
      }
    } finally {
      if (completionTokens < Math.min(text.length, maxNewTokens)) this.aborted++;
    }
    const total = performance.now() - started;
    const usage = { promptTokens, completionTokens };
    yield { type: "end", finish, usage, timing: { queued: 0, firstToken: 0, total } };
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (!this.abilities.embeddings) throw new UnableError(this.name, "embed texts");
    return texts.map((text) => {
      const at = ([...text].length % 8) as number;
      return Float32Array.from({ length: 8 }, (_, index) => (index === at ? 1 : 0));
    });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** A token, and others that were less likely. */
function likeliest(token: TokenLogprob, count: number): TokenLogprob[] {
  const others = Array.from({ length: count }, (_, rank) => ({
    text: String.fromCodePoint(0x41 + rank),
    bytes: Uint8Array.of(0x41 + rank),
    logprob: -2 - rank,
  }));
  return [token, ...others].slice(0, count);
}
