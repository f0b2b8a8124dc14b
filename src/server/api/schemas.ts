import * as v from "valibot";
import type { ConfigChange } from "../../chat/index.ts";
import { whole } from "../openai/request-parts.ts";

type Schema<T> = v.GenericSchema<unknown, T>;

/** A text of a bounded length; the body's own bound holds, too. */
export const text = (most: number, least = 0): Schema<string> =>
  v.pipe(
    v.string("it must be a text."),
    v.minLength(least, "it must not be empty."),
    v.maxLength(most, `it may have ${most} characters.`),
  );

export const reference: Schema<string> = text(400, 1);
export const title: Schema<string> = text(500);
/** What somebody says; in its length, as far as the body's bound goes. */
export const said: Schema<string> = text(2 ** 24);

const number = v.optional(v.number("it must be a number."));

/** Fields of a generation config that are not the default; their ranges are checked where it is put together. */
export const config: Schema<ConfigChange> = v.strictObject({
  maxNewTokens: number,
  temperature: number,
  topK: number,
  topP: number,
  minP: number,
  repetitionPenalty: number,
  frequencyPenalty: number,
  presencePenalty: number,
  seed: number,
  stopSequences: v.optional(v.pipe(v.array(text(500)), v.maxLength(64))),
  logitBias: v.optional(v.pipe(v.record(v.string(), v.number()), v.maxEntries(4096))),
  format: v.optional(
    v.variant("type", [
      v.object({ type: v.literal("json") }),
      v.object({ type: v.literal("json-schema"), schema: v.unknown() }),
      v.object({ type: v.literal("regex"), pattern: text(4096) }),
    ]),
  ),
});

/** How a reply is made, and told. */
export interface ReplyRequest {
  readonly model?: string | undefined;
  readonly config?: ConfigChange | undefined;
  readonly stream?: boolean | undefined;
}

const replyEntries = {
  model: v.optional(reference),
  config: v.optional(config),
  stream: v.optional(v.boolean("it must be true or false.")),
};

export const replyRequest: Schema<ReplyRequest> = v.strictObject(replyEntries);

export const sayRequest: Schema<ReplyRequest & { readonly text: string }> = v.strictObject({
  ...replyEntries,
  text: said,
});

export const editRequest: Schema<ReplyRequest & { readonly text: string; readonly message: string }> =
  v.strictObject({ ...replyEntries, text: said, message: reference });

export const message: v.GenericSchema = v.object({
  type: v.literal("message"),
  id: v.string(),
  parent: v.nullable(v.string()),
  role: v.picklist(["user", "assistant"]),
  text: v.string(),
  at: v.string(),
  model: v.optional(v.object({ address: v.optional(v.string()), name: v.string() })),
  finish: v.optional(v.string()),
  usage: v.optional(v.object({ promptTokens: v.number(), completionTokens: v.number() })),
  timing: v.optional(v.record(v.string(), v.number())),
  config: v.optional(config),
  continues: v.optional(v.string()),
});

export const listing: v.GenericSchema = v.object({
  id: v.string(),
  title: v.string(),
  at: v.optional(v.string()),
  messages: v.number(),
  model: v.optional(v.string()),
});

export const conversation: v.GenericSchema = v.object({
  id: v.string(),
  title: v.optional(v.string()),
  system: v.optional(v.string()),
  createdAt: v.string(),
  forkedFrom: v.optional(v.object({ conversation: v.string(), message: v.string() })),
  messages: v.array(message),
  path: v.array(v.object({ id: v.string(), versions: v.array(v.string()), index: v.number() })),
  canRedo: v.boolean(),
  busy: v.boolean(),
  records: v.optional(v.array(v.unknown())),
});

export { whole };
