import type { ChatMessage, ReplyOptions } from "../../chat/index.ts";
import { UnableError } from "../../chat/index.ts";
import type { GenerationConfig } from "../../generate/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** OpenAI's own server refuses more; we keep to all of them whatever the server does. */
const MOST_STOPS = 4;

/**
 * The fields of a request. `top_k`, `min_p` and a repetition penalty are extensions that most servers know (llama.cpp calls the
 * last `repeat_penalty`): they are sent only where they are wanted, because OpenAI's own server refuses what it does not know.
 *
 * @throws {ParrotletError} `unable` for a regular expression.
 */
export function samplingFields(config: GenerationConfig, name: string): Fields {
  const { topK, minP, repetitionPenalty, frequencyPenalty, presencePenalty, stopSequences, logitBias } =
    config;
  return {
    max_tokens: config.maxNewTokens,
    temperature: config.temperature,
    top_p: config.topP,
    seed: config.seed,
    ...(topK > 0 && { top_k: topK }),
    ...(minP > 0 && { min_p: minP }),
    ...(repetitionPenalty !== 1 && {
      repetition_penalty: repetitionPenalty,
      repeat_penalty: repetitionPenalty,
    }),
    ...(frequencyPenalty !== 0 && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== 0 && { presence_penalty: presencePenalty }),
    ...(stopSequences.length > 0 && { stop: stopSequences.slice(0, MOST_STOPS) }),
    ...(Object.keys(logitBias).length > 0 && { logit_bias: logitBias }),
    ...formatField(config, name),
  };
}

function formatField({ format }: GenerationConfig, name: string): Fields {
  if (!format) return {};
  if (format.type === "json") return { response_format: { type: "json_object" } };
  if (format.type === "regex")
    throw new UnableError(name, "keep to a regular expression", "A JSON schema is what such servers know.");
  const json_schema = { name: "reply", schema: format.schema, strict: true };
  return { response_format: { type: "json_schema", json_schema } };
}

const STREAMED = { stream: true, stream_options: { include_usage: true } };

export const chatFields = (
  messages: readonly ChatMessage[],
  { logprobs }: ReplyOptions,
  sampling: Fields,
): Fields => ({
  messages: messages.map(({ role, text }) => ({ role, content: text })),
  ...sampling,
  ...STREAMED,
  ...(logprobs !== undefined && { logprobs: true, top_logprobs: logprobs }),
  // vLLM goes on with a reply only where it is told to; others do where the last message is the assistant's.
  ...(messages.at(-1)?.role === "assistant" && {
    add_generation_prompt: false,
    continue_final_message: true,
  }),
});

export const completionFields = (prompt: string, { logprobs }: ReplyOptions, sampling: Fields): Fields => ({
  prompt,
  ...sampling,
  ...STREAMED,
  ...(logprobs !== undefined && { logprobs }),
});
