import * as v from "valibot";
import type { GenerationConfig } from "../../generate/index.ts";
import { refused } from "../api-error.ts";

/** Lengths that no client needs, and that would cost memory before the model is asked. */
export const MOST = {
  messages: 2048,
  parts: 256,
  stops: 16,
  biases: 1024,
  choices: 8,
  topLogprobs: 20,
  id: 400,
} as const;

export type ReplyFormat = NonNullable<GenerationConfig["format"]>;

export interface SamplingFields {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly min_p?: number | null | undefined;
  readonly repetition_penalty?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly logit_bias?: Record<string, number> | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stop?: string | string[] | null | undefined;
  readonly regex?: string | null | undefined;
}

const within = (least: number, most: number): v.GenericSchema<unknown, number> =>
  v.pipe(
    v.number("it must be a number."),
    v.minValue(least, `it must be from ${least} to ${most}.`),
    v.maxValue(most, `it must be from ${least} to ${most}.`),
  );

export const whole = (least: number, most: number): v.GenericSchema<unknown, number> =>
  v.pipe(
    v.number("it must be a whole number."),
    v.integer("it must be a whole number."),
    v.minValue(least, `it must be from ${least} to ${most}.`),
    v.maxValue(most, `it must be from ${least} to ${most}.`),
  );

const stopText = v.pipe(
  v.string(),
  v.nonEmpty("an empty text would end everything at once."),
  v.maxLength(500),
);

/** The fields of `/v1/chat/completions` and `/v1/completions` that say how tokens are chosen. */
export const samplingEntries: {
  readonly [K in keyof Required<SamplingFields>]: v.GenericSchema<unknown, SamplingFields[K]>;
} = {
  temperature: v.nullish(within(0, 100)),
  top_p: v.nullish(within(0, 1)),
  top_k: v.nullish(whole(-1, 1_000_000)),
  min_p: v.nullish(within(0, 1)),
  repetition_penalty: v.nullish(within(0.01, 100)),
  presence_penalty: v.nullish(within(-2, 2)),
  frequency_penalty: v.nullish(within(-2, 2)),
  logit_bias: v.nullish(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^\d{1,9}$/, "a token is named by its id, a whole number.")),
        within(-100, 100),
      ),
      v.maxEntries(MOST.biases, `it may name ${MOST.biases} tokens.`),
    ),
  ),
  seed: v.nullish(whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  stop: v.nullish(
    v.union([
      stopText,
      v.pipe(v.array(stopText), v.maxLength(MOST.stops, `it may hold ${MOST.stops} texts.`)),
    ]),
  ),
  regex: v.nullish(v.pipe(v.string(), v.maxLength(4096))),
};

/** Whether a seed of our 32 bits is what the client gave, or made from it. */
const seedOf = (seed: number): number => Math.abs(seed) % 2 ** 32;

/** What the fields mean to a backend; of what is not said, nothing. */
export function samplingOf(fields: SamplingFields): Partial<GenerationConfig> {
  const given = {
    temperature: fields.temperature,
    topP: fields.top_p,
    topK: fields.top_k === -1 ? 0 : fields.top_k, // vLLM's way to say all
    minP: fields.min_p,
    repetitionPenalty: fields.repetition_penalty,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
    logitBias: fields.logit_bias,
    seed: typeof fields.seed === "number" ? seedOf(fields.seed) : undefined,
    stopSequences: typeof fields.stop === "string" ? [fields.stop] : fields.stop,
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  );
}

export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly json_schema: { readonly name?: string | undefined; readonly schema?: unknown };
    };

export const responseFormat: v.GenericSchema<unknown, ResponseFormat> = v.variant("type", [
  v.object({ type: v.literal("text") }),
  v.object({ type: v.literal("json_object") }),
  v.object({
    type: v.literal("json_schema"),
    json_schema: v.object({
      name: v.optional(v.pipe(v.string(), v.maxLength(64))),
      schema: v.optional(v.unknown()),
    }),
  }),
]);

export function formatOf(
  format: ResponseFormat | null | undefined,
  regex: string | null | undefined,
): ReplyFormat | undefined {
  if (regex !== undefined && regex !== null) {
    if (format && format.type !== "text")
      throw refused("regex and response_format exclude each other.", "regex");
    return { type: "regex", pattern: regex };
  }
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json" };
  const { schema } = format.json_schema;
  if (
    typeof schema === "boolean" ||
    (typeof schema === "object" && schema !== null && !Array.isArray(schema))
  )
    return { type: "json-schema", schema };
  throw refused(
    "response_format.json_schema.schema must be a JSON schema: an object.",
    "response_format.json_schema.schema",
  );
}

/** Choices of one seed draw apart; the first is what the seed alone would give. */
export const seedOfChoice = (seed: number, choice: number): number =>
  (seed + Math.imul(choice, 0x9e3779b1)) >>> 0;
