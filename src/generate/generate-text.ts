import { renderPrompt, type TemplateMessage, type Tokenizer } from "../text/index.ts";
import { constraintOf } from "./constraint/compile-format.ts";
import type { Decoder } from "./decoder.ts";
import { type FinishReason, generate } from "./generate.ts";
import type { GenerationConfig } from "./generation-config.ts";
import { TokenText } from "./token-text.ts";

export interface GenerateTextOptions {
  readonly config: GenerationConfig;
  readonly signal?: AbortSignal | undefined;
  /** Write special tokens by their names: in free text of a model of conversations they tell who speaks. @default false */
  readonly showSpecial?: boolean | undefined;
}

/**
 * Goes on with a text, piece by piece as it is made; returns why it ended. Neither text nor prompt need fit the context
 * window: it slides along, see `windowStart`. A stop sequence is never part of what comes, nor is the model's own end.
 *
 * @param prompt A text, which begins a document and may be empty, or token ids as they are.
 * @throws {ParrotletError} `unknown-character`; `generation-config` for a format that is not supported.
 */
export async function* generateText(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: string | readonly number[],
  options: GenerateTextOptions,
): AsyncGenerator<string, FinishReason> {
  const { bos } = tokenizer.special;
  const ids = typeof prompt === "string" ? [bos, ...tokenizer.encode(prompt)] : prompt;
  return yield* textOf(decoder, tokenizer, ids, { ...options, slide: true });
}

/**
 * A reply, piece by piece as it is made; returns why it ended. Prompt and reply share the context window.
 *
 * @param prompt One message, or the messages so far: `fitMessages` leaves out the oldest where they do not fit.
 * @throws {ParrotletError} `prompt-too-long`, `unknown-character`, `no-chat-template`; `generation-config` for a format that is not supported.
 */
export async function* reply(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: string | readonly TemplateMessage[],
  options: GenerateTextOptions,
): AsyncGenerator<string, FinishReason> {
  return yield* textOf(decoder, tokenizer, renderPrompt(tokenizer, prompt), options);
}

/** How many tokens can follow a prompt: the last one need not be seen. */
const roomFor = ({ capacity }: Decoder, prompt: readonly number[]): number => capacity - prompt.length + 1;

/** Tokens as text: whole characters, up to a stop sequence. */
async function* textOf(
  decoder: Decoder,
  tokenizer: Tokenizer,
  ids: readonly number[],
  { slide, showSpecial, ...options }: GenerateTextOptions & { slide?: boolean },
): AsyncGenerator<string, FinishReason> {
  const constraint = constraintOf(options.config, tokenizer, slide ? undefined : roomFor(decoder, ids));
  const tokens = generate(decoder, ids, { eos: tokenizer.special.eos, slide, constraint, ...options });
  const text = new TokenText(tokenizer, { stopSequences: options.config.stopSequences, showSpecial });
  for (;;) {
    const { value, done } = await tokens.next();
    const delta = done ? text.flush() : text.push(value);
    if (delta.text !== "") yield delta.text;
    if (text.stopped) return "stop";
    if (done) return value;
  }
}
