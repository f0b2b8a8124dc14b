import * as v from "valibot";
import {
  MOST,
  type ResponseFormat,
  responseFormat,
  type SamplingFields,
  samplingEntries,
  whole,
} from "./request-parts.ts";

export interface ContentPart {
  readonly type: string;
  readonly text?: string | undefined;
}

export interface RequestMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool" | "function";
  readonly content?: string | readonly ContentPart[] | null | undefined;
}

/** `POST /v1/chat/completions` @see https://platform.openai.com/docs/api-reference/chat/create */
export interface ChatRequest extends SamplingFields {
  readonly model?: string | null | undefined;
  readonly messages: readonly RequestMessage[];
  readonly max_tokens?: number | null | undefined;
  readonly max_completion_tokens?: number | null | undefined;
  readonly n?: number | null | undefined;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: boolean | null | undefined } | null | undefined;
  readonly logprobs?: boolean | null | undefined;
  readonly top_logprobs?: number | null | undefined;
  readonly response_format?: ResponseFormat | null | undefined;
  readonly tool_choice?: unknown;
  readonly truncation?: "auto" | "disabled" | null | undefined;
  readonly continue_final_message?: boolean | null | undefined;
}

const content = v.nullish(
  v.union([
    v.string(),
    v.pipe(
      v.array(v.object({ type: v.string(), text: v.optional(v.string()) })),
      v.maxLength(MOST.parts, `it may have ${MOST.parts} parts.`),
    ),
  ]),
);

export const chatRequest: v.GenericSchema<unknown, ChatRequest> = v.object({
  ...samplingEntries,
  model: v.nullish(v.pipe(v.string(), v.maxLength(MOST.id))),
  messages: v.pipe(
    v.array(
      v.object({
        role: v.picklist(
          ["system", "developer", "user", "assistant", "tool", "function"],
          "it must be system, developer, user, assistant or tool.",
        ),
        content,
      }),
    ),
    v.nonEmpty("it must hold a message."),
    v.maxLength(MOST.messages, `it may hold ${MOST.messages} messages.`),
  ),
  max_tokens: v.nullish(whole(1, 1_000_000)),
  max_completion_tokens: v.nullish(whole(1, 1_000_000)),
  n: v.nullish(whole(1, MOST.choices)),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.object({ include_usage: v.nullish(v.boolean()) })),
  logprobs: v.nullish(v.boolean()),
  top_logprobs: v.nullish(whole(0, MOST.topLogprobs)),
  response_format: v.nullish(responseFormat),
  tool_choice: v.optional(v.unknown()),
  truncation: v.nullish(v.picklist(["auto", "disabled"], "it must be auto or disabled.")),
  continue_final_message: v.nullish(v.boolean()),
});
