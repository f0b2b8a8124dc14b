import { present, Rng } from "../base/index.ts";
import { renderPrompt, type Tokenizer } from "../text/index.ts";
import type { Decoder } from "./decoder.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { sample } from "./sampler.ts";

/** Why a reply ended: the model ended it, it reached a limit, or it was aborted. */
export type FinishReason = "stop" | "length" | "aborted";

/** A stream of random numbers apart from those of training. */
const SAMPLING = 0x5a;
/** This often an abort, or whatever else is waiting, gets its chance. */
const BREATH_MS = 20;

/**
 * Goes on from a prompt token by token, on a decoder of one row; `<eos>` ends the reply and is not part of it. The
 * generator returns why it ended.
 */
export async function* generate(
  decoder: Decoder,
  prompt: readonly number[],
  { eos, config, signal }: { eos: number; config: GenerationConfig; signal?: AbortSignal },
): AsyncGenerator<number, FinishReason> {
  const rng = new Rng(config.seed, SAMPLING);
  let [logits] = decoder.prefill([prompt]);
  let breath = performance.now();
  for (let made = 0; made < config.maxNewTokens; made++) {
    if (performance.now() - breath > BREATH_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      breath = performance.now();
    }
    if (signal?.aborted) return "aborted";
    if (!logits) break;
    const token = sample(logits, config, rng);
    if (token === eos) return "stop";
    yield token;
    if (decoder.lengths[0] === decoder.capacity) return "length";
    [logits] = decoder.step([token]);
  }
  return "length";
}

/** A reply to one question, piece by piece as it is made. Returns why it ended. */
export async function* reply(
  decoder: Decoder,
  tokenizer: Tokenizer,
  question: string,
  options: { config: GenerationConfig; signal?: AbortSignal },
): AsyncGenerator<string, FinishReason> {
  const tokens = generate(decoder, renderPrompt(tokenizer, question), {
    eos: tokenizer.special.eos,
    ...options,
  });
  const text = tokenizer.decodeStream();
  for (;;) {
    const { value, done } = await tokens.next();
    const piece = done ? text.flush() : text.push(value);
    if (piece !== "") yield piece;
    if (done) return value;
  }
}

/** Greedy replies to several prompts at once, as text: one a row of the decoder, each up to `maxNewTokens`. */
export const replyToAll = (
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  { tokenizer, maxNewTokens }: { tokenizer: Tokenizer; maxNewTokens: number },
): string[] => sampleAll(decoder, prompts, tokenizer, generationConfig({ maxNewTokens }));

/** What several prompts are gone on with, as text: one a row of the decoder. Each row draws by itself. */
export function sampleAll(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  tokenizer: Tokenizer,
  config: GenerationConfig,
): string[] {
  const { eos, pad } = tokenizer.special;
  const rngs = prompts.map((_, row) => new Rng(config.seed, SAMPLING + row * 256));
  const texts = prompts.map(() => [] as number[]);
  const ended = new Set<number>();
  let logits = decoder.prefill(prompts);
  for (let made = 0; made < config.maxNewTokens && ended.size < prompts.length; made++) {
    const full = decoder.lengths.map((length) => length === decoder.capacity);
    const tokens = rngs.map((rng, row) => {
      const token = ended.has(row) ? pad : sample(present(logits[row], "logits"), config, rng);
      if (token === eos) ended.add(row);
      if (!ended.has(row)) texts[row]?.push(token);
      if (full[row]) ended.add(row);
      return token;
    });
    logits = decoder.step(tokens);
  }
  return texts.map((ids) => tokenizer.decode(ids));
}
