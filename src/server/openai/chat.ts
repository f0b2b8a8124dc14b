import type { ChatBackend } from "../../chat/index.ts";
import { UnableError } from "../../chat/index.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import { refused } from "../api-error.ts";
import { answerWith } from "../generation/answer.ts";
import type { Call } from "../route.ts";
import type { ChatRequest } from "./chat-request.ts";
import { chatShape } from "./chat-shape.ts";
import { fitWindow } from "./fit-window.ts";
import { headOf } from "./head.ts";
import { readMessages } from "./messages.ts";
import { formatOf, type ReplyFormat, samplingOf, seedOfChoice } from "./request-parts.ts";

/** `POST /v1/chat/completions` */
export async function createChat(call: Call, body: ChatRequest): Promise<Response> {
  const { context, exchange } = call;
  const choices = body.n ?? 1;
  checkChat(body);
  const format = formatOf(body.response_format, body.regex);
  const { model, backend, release } = await context.models.open(body.model);
  exchange.onEnd(release);
  exchange.model = model.id;
  const logprobs = body.logprobs === true ? (body.top_logprobs ?? 0) : undefined;
  checkAbilities(backend, format, logprobs);
  const read = readMessages(body.messages, backend.abilities, body.continue_final_message === true);
  const asked = body.max_completion_tokens ?? body.max_tokens ?? undefined;
  const fitted = await fitWindow(backend, read, {
    asked,
    usual: context.defaults.maxNewTokens,
    truncate: body.truncation !== "disabled",
  });
  const config = configOf(call, samplingOf(body), { maxNewTokens: fitted.maxNewTokens, format }, choices);
  if (context.logMessages) exchange.asked = read.messages.at(-1)?.text;
  const includeUsage = body.stream_options?.include_usage === true;
  const head = headOf(context, "chatcmpl-", model);
  return answerWith(call, {
    shape: chatShape(head, logprobs !== undefined, includeUsage),
    model: model.id,
    sharing: choices,
    start: (signal) =>
      Array.from({ length: choices }, (_, choice) =>
        backend.reply(
          fitted.messages,
          { ...config, seed: seedOfChoice(config.seed, choice) },
          { signal, logprobs },
        ),
      ),
    stream: body.stream === true,
    includeUsage,
    headers: {
      ...(fitted.dropped > 0 ? { "x-parrotlet-dropped-messages": String(fitted.dropped) } : {}),
      ...(read.ignored.length > 0 ? { "x-parrotlet-ignored": read.ignored.join(", ") } : {}),
    },
  });
}

function checkChat({
  logprobs,
  top_logprobs: top,
  tool_choice: choice,
  stream,
  stream_options: options,
}: ChatRequest): void {
  if (typeof top === "number" && logprobs !== true)
    throw refused("top_logprobs needs logprobs: true.", "top_logprobs");
  if (options && stream !== true) throw refused("stream_options needs stream: true.", "stream_options");
  const demanded = choice === "required" || (typeof choice === "object" && choice !== null);
  if (demanded)
    throw refused(
      "No model here calls tools; tool_choice may be none or auto.",
      "tool_choice",
      "unsupported_value",
    );
}

/** @throws {UnableError} Where the model cannot do what is asked. */
export function checkAbilities(
  backend: ChatBackend,
  format: ReplyFormat | undefined,
  logprobs: number | undefined,
): void {
  const { abilities, name } = backend;
  if (format && !abilities.formats.includes(format.type))
    throw new UnableError(name, `keep to a format (${format.type})`);
  if (logprobs !== undefined && !abilities.logprobs) throw new UnableError(name, "tell log-probabilities");
}

/** Where several choices are asked for and nothing is said of chance, they would all be the same. */
export function configOf(
  { context }: Call,
  sampling: Partial<GenerationConfig>,
  rest: Pick<GenerationConfig, "maxNewTokens" | "format">,
  choices: number,
): GenerationConfig {
  const { defaults, seeds } = context;
  const chance = choices > 1 && !defaults.temperature ? { temperature: 1 } : {};
  return generationConfig({ seed: seeds(), ...defaults, ...chance, ...sampling, ...rest });
}
