import * as v from "valibot";
import { MOST, type SamplingFields, samplingEntries, whole } from "./request-parts.ts";

/** `POST /v1/completions` @see https://platform.openai.com/docs/api-reference/completions/create */
export interface CompletionRequest extends SamplingFields {
  readonly model?: string | null | undefined;
  readonly prompt?: string | readonly (string | number | readonly number[])[] | null | undefined;
  readonly max_tokens?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly best_of?: number | null | undefined;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: boolean | null | undefined } | null | undefined;
  /** How many alternatives to tell of each token; none of it where it is absent. */
  readonly logprobs?: number | null | undefined;
  readonly echo?: boolean | null | undefined;
  readonly suffix?: string | null | undefined;
}

export const MOST_PROMPTS = 32;

const prompt = v.union([
  v.string(),
  v.pipe(
    v.array(v.union([v.string(), v.number(), v.pipe(v.array(v.number()), v.maxLength(100_000))])),
    v.nonEmpty("it must hold a text."),
    v.maxLength(100_000),
  ),
]);

export const completionRequest: v.GenericSchema<unknown, CompletionRequest> = v.object({
  ...samplingEntries,
  model: v.nullish(v.pipe(v.string(), v.maxLength(MOST.id))),
  prompt: v.nullish(prompt),
  max_tokens: v.nullish(whole(1, 1_000_000)),
  n: v.nullish(whole(1, MOST.choices)),
  best_of: v.nullish(whole(1, MOST.choices)),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.object({ include_usage: v.nullish(v.boolean()) })),
  logprobs: v.nullish(whole(0, MOST.topLogprobs)),
  echo: v.nullish(v.boolean()),
  suffix: v.nullish(v.string()),
});
