import { Rng } from "../base/index.ts";
import { renderPrompt, type Tokenizer } from "../text/index.ts";
import type { Decoder } from "./decoder.ts";
import type { GenerationConfig } from "./generation-config.ts";
import { argmax, sample } from "./sampler.ts";

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
export function replyToAll(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  { tokenizer, maxNewTokens }: { tokenizer: Tokenizer; maxNewTokens: number },
): string[] {
  const { eos, pad } = tokenizer.special;
  const replies = prompts.map(() => [] as number[]);
  const ended = new Set<number>();
  let logits = decoder.prefill(prompts);
  for (let made = 0; made < maxNewTokens && ended.size < prompts.length; made++) {
    const full = decoder.lengths.map((length) => length === decoder.capacity);
    const tokens = logits.map((row, index) => {
      const token = ended.has(index) ? pad : argmax(row);
      if (token === eos) ended.add(index);
      if (!ended.has(index)) replies[index]?.push(token);
      if (full[index]) ended.add(index);
      return token;
    });
    logits = decoder.step(tokens);
  }
  return replies.map((ids) => tokenizer.decode(ids));
}
