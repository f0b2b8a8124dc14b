import { basename } from "node:path";
import { ParrotletError } from "../../base/index.ts";
import {
  type BackendAbilities,
  BusyError,
  type ChatBackend,
  type ChatMessage,
  PromptTooLongError,
  type ReplyEvent,
  type ReplyOptions,
  UnableError,
} from "../../chat/index.ts";
import {
  constraintOf,
  type FinishReason,
  type GenerationConfig,
  Sampler,
  TokenText,
} from "../../generate/index.ts";
import { specialSetOf, type Tokenizer } from "../../text/index.ts";
import { ownPrompt, ownTokenizer } from "./own-tokens.ts";
import { ReplyRecord } from "./reply-record.ts";
import { TransformersDecoder } from "./transformers-decoder.ts";
import {
  failure,
  type LoadedTransformer,
  loadTransformer,
  type TransformersOptions,
} from "./transformers-model.ts";
import { TransformersTokens } from "./transformers-tokens.ts";
import { Turns } from "./turns.ts";

/** Replies that are made at once, each with its own cache; the model computes one token of one of them at a time. */
const AT_ONCE = 4;
const MOST_WAITING = 64;
/** Where a model does not say how much it can read. */
const WINDOW = 2048;

/**
 * Opens an ONNX model in transformers.js: from a folder, as `onnxFolder` makes it, or by its name on the hub. Every control of
 * decoding is ours, so that replies, seeds and stops are as with our own models.
 *
 * @throws {ParrotletError} `backend-missing`, `model-not-found`, `backend-down`, `unable`, `out-of-memory`, `backend-failed`, `bad-dtype`.
 */
export async function openTransformersBackend(options: TransformersOptions): Promise<ChatBackend> {
  return await transformersBackend(await loadTransformer(options), `hf:${options.model}`);
}

/** A model that is open already, as a backend. */
export async function transformersBackend(loaded: LoadedTransformer, address: string): Promise<ChatBackend> {
  const decoder = new TransformersDecoder(loaded);
  try {
    // One token tells whether the model runs at all, and how many tokens it has logits for.
    const { logits, release } = await decoder.feed([loaded.tokenizer.bos_token_id ?? 0]);
    release();
    return new TransformersBackend(loaded, decoder, logits.length, address);
  } catch (error) {
    await decoder.close();
    throw failure(error, `run ${loaded.name}`);
  }
}

class TransformersBackend implements ChatBackend {
  readonly kind = "transformers";
  readonly address: string;
  readonly name: string;
  readonly contextWindow: number;
  readonly abilities: BackendAbilities;
  readonly #loaded: LoadedTransformer;
  readonly #decoder: TransformersDecoder;
  readonly #tokens: Tokenizer;
  /** Where the model was exported from here. */
  readonly #own: Tokenizer | undefined;
  readonly #ends: ReadonlySet<number>;
  readonly #turns = new Turns(AT_ONCE);
  readonly #closing = new AbortController();

  constructor(loaded: LoadedTransformer, decoder: TransformersDecoder, vocabulary: number, address: string) {
    const { tokenizer, name } = loaded;
    this.#loaded = loaded;
    this.#decoder = decoder;
    const theirs = new TransformersTokens(tokenizer, vocabulary);
    this.#own = ownTokenizer(tokenizer, vocabulary);
    this.#tokens = this.#own ?? theirs;
    this.#ends = endsOf(loaded);
    this.address = address;
    this.name = basename(name);
    this.contextWindow = windowOf(loaded);
    const chat = Boolean(tokenizer.chat_template);
    this.abilities = {
      chat,
      complete: true,
      system:
        chat &&
        this.#sees([
          { role: "system", text: PROBE },
          { role: "user", text: "?" },
        ]),
      history: this.#own ? specialSetOf(this.#own.special) === "chat" : chat && this.#sees(EARLIER),
      logprobs: true,
      embeddings: false,
      // Masks are made from the bytes of tokens.
      formats: theirs.exact ? ["json", "json-schema", "regex"] : [],
    };
  }

  async countTokens(messages: readonly ChatMessage[]): Promise<number> {
    return this.#promptOf(messages).length;
  }

  async countTextTokens(text: string): Promise<number> {
    return this.#tokens.encode(text).length;
  }

  async *reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    yield* this.#say(this.#promptOf(messages), config, options);
  }

  async *complete(
    text: string,
    config: GenerationConfig,
    options: ReplyOptions = {},
  ): AsyncGenerator<ReplyEvent, void> {
    const { bos, eos } = this.#tokens.special;
    if (this.#own) return yield* this.#say([bos, ...this.#own.encode(text)], config, options);
    const ids = this.#loaded.tokenizer.encode(text, { add_special_tokens: true });
    yield* this.#say(ids.length > 0 ? ids : [bos < this.#tokens.size ? bos : eos], config, options);
  }

  async embed(): Promise<Float32Array[]> {
    throw new UnableError(this.name, "embed texts", "Take a model of our own, or a server that does.");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#decoder.close();
  }

  async *#say(
    prompt: readonly number[],
    config: GenerationConfig,
    { signal: asked, logprobs }: ReplyOptions,
  ): AsyncGenerator<ReplyEvent, void> {
    this.#check(prompt.length, config);
    const signal = asked ? AbortSignal.any([asked, this.#closing.signal]) : this.#closing.signal;
    const record = new ReplyRecord(this.#tokens, prompt.length, logprobs);
    const constraint = constraintOf(config, this.#tokens);
    const sampler = new Sampler(config, { vocabulary: this.#tokens.size, prompt, constraint });
    sampler.observe(logprobs);
    const done = await this.#turns.take(signal);
    record.begin();
    try {
      if (done) yield* this.#decode({ prompt, config, signal, record, sampler });
    } finally {
      done?.();
    }
    yield record.end();
  }

  async *#decode({ prompt, config, signal, record, sampler }: Decoding): AsyncGenerator<ReplyEvent, void> {
    const text = new TokenText(this.#tokens, { stopSequences: config.stopSequences });
    let state = await this.#feed(prompt);
    try {
      while (!signal.aborted) {
        const token = sampler.next(state.logits);
        if (this.#ends.has(token)) {
          record.finish = "stop";
          break;
        }
        record.add(token, sampler.observed);
        const delta = record.delta(text.push(token));
        record.finish = finishOf({ text, record, sampler, config });
        if (delta) yield delta;
        if (record.finish !== "aborted" || signal.aborted) break;
        state = await this.#feed([token], state);
      }
    } finally {
      state.release();
    }
    if (record.finish === "aborted") return;
    const rest = record.delta(text.flush());
    if (rest) yield rest;
  }

  async #feed(ids: readonly number[], before?: Awaited<ReturnType<TransformersDecoder["feed"]>>) {
    try {
      return await this.#decoder.feed(ids, before);
    } catch (error) {
      throw failure(error, `go on with ${ids.length} tokens in ${this.name}`);
    }
  }

  #check(promptTokens: number, { maxNewTokens, format }: GenerationConfig): void {
    const { contextWindow } = this;
    if (format && this.abilities.formats.length === 0)
      throw new UnableError(
        this.name,
        `keep to a format (${format.type})`,
        "Take a newer version of transformers.js.",
      );
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
    if (this.#turns.waiting >= MOST_WAITING) throw new BusyError(this.#turns.waiting, 5);
  }

  /** A conversation as tokens; where the assistant has begun, its text follows as it is. */
  #promptOf(messages: readonly ChatMessage[]): number[] {
    if (!this.abilities.chat) {
      const message = `${this.name} goes on with texts: its tokenizer has no chat template that tells messages apart.`;
      throw new ParrotletError("no-chat-template", message);
    }
    if (!this.abilities.system && messages.some(({ role }) => role === "system"))
      throw new UnableError(this.name, "take a message of the role system", "Leave it out.");
    if (this.#own) return ownPrompt(this.#own, messages);
    const last = messages.at(-1);
    if (last?.role !== "assistant") return this.#tokens.encode(this.#render(messages));
    const asked = this.#tokens.encode(this.#render(messages.slice(0, -1)));
    return last.text === "" ? asked : [...asked, ...this.#tokens.encode(last.text)];
  }

  #render(messages: readonly ChatMessage[]): string {
    const plain = messages.map(({ role, text }) => ({ role, content: text }));
    try {
      const options = { tokenize: false, add_generation_prompt: true };
      return String(this.#loaded.tokenizer.apply_chat_template(plain, options));
    } catch (cause) {
      const message = `The chat template of ${this.name} refuses these messages: ${String(cause).slice(0, 200)}`;
      throw new ParrotletError("no-chat-template", message, { cause });
    }
  }

  /** Whether the template shows `PROBE`. */
  #sees(messages: readonly ChatMessage[]): boolean {
    try {
      return this.#render(messages).includes(PROBE);
    } catch {
      return false;
    }
  }
}

/** A text that no template holds. */
const PROBE = "Parrotlet asks";
const EARLIER: readonly ChatMessage[] = [
  { role: "user", text: PROBE },
  { role: "assistant", text: "!" },
  { role: "user", text: "?" },
];

interface Decoding {
  readonly prompt: readonly number[];
  readonly config: GenerationConfig;
  readonly signal: AbortSignal;
  readonly record: ReplyRecord;
  readonly sampler: Sampler;
}

/** Why a reply ends here; nothing else than an abort can, where it goes on. */
function finishOf({
  text,
  record,
  sampler,
  config,
}: Pick<Decoding, "record" | "sampler" | "config"> & { text: TokenText }): FinishReason {
  if (text.stopped || sampler.ended) return "stop";
  return record.made === config.maxNewTokens ? "length" : "aborted";
}

/** The tokens that end a turn. */
function endsOf({ model, tokenizer }: LoadedTransformer): Set<number> {
  const said = [
    model.generation_config?.["eos_token_id"] ?? model.config["eos_token_id"],
    tokenizer.eos_token_id,
  ];
  return new Set(said.flat().filter((id) => typeof id === "number"));
}

function windowOf({ model, tokenizer }: LoadedTransformer): number {
  const inner = model.config["text_config"] as Readonly<Record<string, unknown>> | undefined;
  const said = [model.config, inner ?? {}].flatMap((config) => [
    config["max_position_embeddings"],
    config["n_positions"],
  ]);
  const window = [...said, tokenizer.model_max_length].find(
    (each) => Number.isSafeInteger(each) && Number(each) > 0,
  );
  return Math.min(Number(window ?? WINDOW), 1_000_000);
}
