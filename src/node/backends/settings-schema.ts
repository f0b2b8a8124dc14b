import * as v from "valibot";
import { SERVER_RULE, serverUrl } from "../../chat/index.ts";
import { GENERATION_RANGES, type GenerationConfig } from "../../generate/index.ts";
import { DTYPES } from "./transformers-model.ts";

const text = v.pipe(
  v.string("must be a text"),
  v.nonEmpty("must not be empty"),
  v.maxLength(4096, "is too long"),
);
const flag = v.boolean("must be true or false");
const number = (least: number, most: number) =>
  v.pipe(
    v.number(`must be a number from ${least} to ${most}`),
    v.minValue(least, `must be a number from ${least} to ${most}`),
    v.maxValue(most, `must be a number from ${least} to ${most}`),
  );
const whole = (least: number, most: number) =>
  v.pipe(
    number(least, most),
    v.integer(`must be a whole number from ${least} to ${most.toLocaleString("en-US")}`),
  );
const list = <T>(items: v.GenericSchema<unknown, T>, most: number) =>
  v.pipe(v.array(items, "must be a list"), v.maxLength(most, `may have ${most} entries`));
const variable = v.pipe(
  text,
  v.regex(/^[A-Za-z_]\w{0,99}$/, "must be the NAME of a variable of the environment"),
);
const ranged = (name: keyof typeof GENERATION_RANGES) => {
  const [least, most, isWhole] = GENERATION_RANGES[name];
  return v.optional(isWhole ? whole(least, most) : number(least, most));
};

const generation = v.strictObject({
  maxNewTokens: ranged("maxNewTokens"),
  temperature: ranged("temperature"),
  topK: ranged("topK"),
  topP: ranged("topP"),
  minP: ranged("minP"),
  repetitionPenalty: ranged("repetitionPenalty"),
  frequencyPenalty: ranged("frequencyPenalty"),
  presencePenalty: ranged("presencePenalty"),
  seed: ranged("seed"),
  stopSequences: v.optional(list(text, 64)),
  logitBias: v.optional(v.record(v.string(), number(-100, 100), "must hold token ids and numbers")),
  format: v.optional(v.looseObject({ type: text })),
});

const openAiServer = v.strictObject({
  url: v.pipe(
    text,
    v.check((url) => serverUrl(url) !== undefined, SERVER_RULE),
    v.transform((url) => serverUrl(url) ?? url),
  ),
  /** What a person calls it. */
  name: v.optional(text),
  contextWindow: v.optional(whole(1, 100_000_000)),
  /** The name of the variable that holds its key; never the key. */
  key: v.optional(variable),
});

/** What `parrotlet.yaml` may say. */
export const settingsSchema = v.strictObject({
  model: v.optional(text),
  generation: v.optional(generation, {}),
  openai: v.optional(list(openAiServer, 32), []),
  transformers: v.optional(
    v.strictObject({
      dtype: v.optional(v.picklist(DTYPES, `must be one of ${DTYPES.join(", ")}`)),
      device: v.optional(v.picklist(["cpu", "webgpu"], "must be cpu or webgpu")),
    }),
    {},
  ),
  llama: v.optional(
    v.strictObject({
      contextWindow: v.optional(whole(1, 100_000_000)),
      threads: v.optional(whole(1, 1024)),
      gpu: v.optional(flag),
    }),
    {},
  ),
  server: v.optional(
    v.strictObject({
      host: v.optional(text),
      port: v.optional(whole(0, 65_535)),
      keyFile: v.optional(text),
      key: v.optional(variable),
      allowHost: v.optional(list(text, 256)),
      cors: v.optional(list(text, 256)),
      limits: v.optional(
        v.strictObject({
          bodyBytes: v.optional(whole(1024, 2 ** 30)),
          waiting: v.optional(whole(1, 1_000_000)),
          requestSeconds: v.optional(whole(1, 1_000_000)),
          openModels: v.optional(whole(1, 1000)),
        }),
        {},
      ),
    }),
    {},
  ),
});

type Read = v.InferOutput<typeof settingsSchema>;

/** Another OpenAI-compatible server. */
export type OpenAiServer = v.InferOutput<typeof openAiServer>;

/** What a person wants whenever no flag says otherwise. */
export type Settings = Omit<Read, "generation"> & { readonly generation: Partial<GenerationConfig> };
