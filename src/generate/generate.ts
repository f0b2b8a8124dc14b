import { present } from "../base/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { constraintOf } from "./constraint/compile-format.ts";
import type { Decoder } from "./decoder.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { Sampler } from "./sampler.ts";
import type { TokenConstraint } from "./token-constraint.ts";
import { windowStart } from "./window.ts";

/** Why a text ended: the model or a stop sequence ended it, it reached a limit, or it was aborted. */
export type FinishReason = "stop" | "length" | "aborted";

/** This often an abort, or whatever else is waiting, gets its chance. */
const BREATH_MS = 20;

export interface GenerateOptions {
  /** The token that ends it, and is not part of it. */
  readonly eos: number;
  readonly config: GenerationConfig;
  readonly signal?: AbortSignal | undefined;
  /** Go on when the context window is full, from its last part; see `windowStart`. Prompts may be longer then too. @default false */
  readonly slide?: boolean | undefined;
  /** What the reply must match; it ends where nothing but the end can follow. @default undefined: anything */
  readonly constraint?: TokenConstraint | undefined;
}

/**
 * Goes on from a prompt token by token, on a decoder of one row. The generator returns why it ended. Stop sequences are
 * texts: `generateText` and `reply` know them.
 *
 * @throws {ParrotletError} `prompt-too-long`, unless it slides.
 */
export async function* generate(
  decoder: Decoder,
  prompt: readonly number[],
  { eos, config, signal, slide = false, constraint }: GenerateOptions,
): AsyncGenerator<number, FinishReason> {
  const { capacity } = decoder;
  let seen = slide ? prompt.slice(windowStart(prompt.length, capacity)) : [...prompt];
  let [logits] = decoder.prefill([seen]);
  const sampler = new Sampler(config, { vocabulary: present(logits, "logits").length, prompt, constraint });
  const breathe = breather();
  for (let made = 0; made < config.maxNewTokens && !sampler.ended; made++) {
    await breathe();
    if (signal?.aborted) return "aborted";
    const token = sampler.next(present(logits, "logits"));
    if (token === eos) return "stop";
    yield token;
    seen.push(token);
    if (seen.length <= capacity) [logits] = decoder.step([token]);
    else if (!slide) break;
    else if (made + 1 < config.maxNewTokens) {
      seen = seen.slice(windowStart(seen.length, capacity));
      [logits] = decoder.prefill([seen]);
    }
  }
  return sampler.ended ? "stop" : "length";
}

/** Lets messages and signals in, every so often. */
function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}

/** Greedy replies to several prompts at once, as text: one a row of the decoder, each up to `maxNewTokens`. */
export const replyToAll = (
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  { tokenizer, maxNewTokens }: { tokenizer: Tokenizer; maxNewTokens: number },
): string[] => sampleAll(decoder, prompts, tokenizer, generationConfig({ maxNewTokens }));

/** What several prompts are gone on with, as text: one a row of the decoder. Each row draws by itself. */
export const sampleAll = (
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  tokenizer: Tokenizer,
  config: GenerationConfig,
): string[] => sampleRows(decoder, prompts, tokenizer, config).map(({ text }) => text);

/** What a prompt was gone on with, and whether a limit ended it rather than the model. */
export interface SampledRow {
  readonly text: string;
  readonly cut: boolean;
}

/** The same, with how each ended. */
export function sampleRows(
  decoder: Decoder,
  prompts: readonly (readonly number[])[],
  tokenizer: Tokenizer,
  config: GenerationConfig,
): SampledRow[] {
  const { eos, pad } = tokenizer.special;
  const texts = prompts.map(() => [] as number[]);
  const [ended, full] = [new Set<number>(), new Set<number>()];
  let logits = decoder.prefill(prompts);
  const samplers = prompts.map(
    (prompt, row) =>
      new Sampler(config, {
        vocabulary: present(logits[row], "logits").length,
        prompt,
        row,
        constraint: constraintOf(config, tokenizer, decoder.capacity - prompt.length + 1),
      }),
  );
  for (let made = 0; made < config.maxNewTokens && ended.size + full.size < prompts.length; made++) {
    const filled = decoder.lengths.map((length) => length === decoder.capacity);
    const tokens = samplers.map((sampler, row) => {
      if (ended.has(row) || full.has(row)) return pad;
      const token = sampler.next(present(logits[row], "logits"));
      if (token === eos || sampler.ended) ended.add(row);
      if (token !== eos) texts[row]?.push(token);
      if (filled[row] && token !== eos) full.add(row);
      return token;
    });
    logits = decoder.step(tokens);
  }
  return texts.map((ids, row) => ({ text: tokenizer.decode(ids), cut: !ended.has(row) }));
}
