import * as v from "valibot";

/** What is answered, for the OpenAPI document; tests hold answers to it. */
const usage = v.object({
  prompt_tokens: v.number(),
  completion_tokens: v.number(),
  total_tokens: v.number(),
});
const finish = v.nullable(v.picklist(["stop", "length"]));
const head = { id: v.string(), created: v.number(), model: v.string(), system_fingerprint: v.string() };
const tokenEntries = { token: v.string(), logprob: v.number(), bytes: v.array(v.number()) };
const logprobs = v.nullable(
  v.object({
    content: v.array(v.object({ ...tokenEntries, top_logprobs: v.array(v.object(tokenEntries)) })),
    refusal: v.null(),
  }),
);

export const modelAnswer: v.GenericSchema = v.object({
  id: v.string(),
  object: v.literal("model"),
  created: v.number(),
  owned_by: v.string(),
  about: v.string(),
  parameters: v.optional(v.number()),
  context_window: v.optional(v.number()),
});

export const modelListAnswer: v.GenericSchema = v.object({
  object: v.literal("list"),
  data: v.array(modelAnswer),
});

export const chatAnswer: v.GenericSchema = v.object({
  ...head,
  object: v.literal("chat.completion"),
  choices: v.array(
    v.object({
      index: v.number(),
      message: v.object({ role: v.literal("assistant"), content: v.string(), refusal: v.null() }),
      logprobs,
      finish_reason: finish,
    }),
  ),
  usage,
});

export const completionAnswer: v.GenericSchema = v.object({
  ...head,
  object: v.literal("text_completion"),
  choices: v.array(
    v.object({
      text: v.string(),
      index: v.number(),
      logprobs: v.nullable(
        v.object({
          tokens: v.array(v.string()),
          token_logprobs: v.array(v.number()),
          top_logprobs: v.array(v.record(v.string(), v.number())),
          text_offset: v.array(v.number()),
        }),
      ),
      finish_reason: finish,
    }),
  ),
  usage,
});

export const embeddingAnswer: v.GenericSchema = v.object({
  object: v.literal("list"),
  data: v.array(
    v.object({
      object: v.literal("embedding"),
      index: v.number(),
      embedding: v.union([v.array(v.number()), v.string()]),
    }),
  ),
  model: v.string(),
  usage: v.object({ prompt_tokens: v.number(), total_tokens: v.number() }),
});

export const errorAnswer: v.GenericSchema = v.object({
  error: v.object({
    message: v.string(),
    type: v.string(),
    param: v.nullable(v.string()),
    code: v.nullable(v.string()),
  }),
});
