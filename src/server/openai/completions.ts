import { type ChatBackend, PromptTooLongError, UnableError } from "../../chat/index.ts";
import { refused } from "../api-error.ts";
import { answerWith } from "../generation/answer.ts";
import type { Call } from "../route.ts";
import { checkAbilities, configOf } from "./chat.ts";
import { type CompletionRequest, MOST_PROMPTS } from "./completions-request.ts";
import { completionShape } from "./completions-shape.ts";
import { headOf } from "./head.ts";
import { formatOf, samplingOf, seedOfChoice } from "./request-parts.ts";

/** `POST /v1/completions`: goes on with one or several texts. */
export async function createCompletion(call: Call, body: CompletionRequest): Promise<Response> {
  const { context, exchange } = call;
  const prompts = promptsOf(body.prompt);
  checkCompletion(body, prompts);
  const choices = body.n ?? 1;
  const format = formatOf(undefined, body.regex);
  const { model, backend, release } = await context.models.open(body.model);
  exchange.onEnd(release);
  exchange.model = model.id;
  const logprobs = body.logprobs ?? undefined;
  checkAbilities(backend, format, logprobs);
  if (!backend.abilities.complete)
    throw new UnableError(backend.name, "go on with a text", "Use /v1/chat/completions.");
  const maxNewTokens = await roomOf(backend, prompts, body.max_tokens ?? context.defaults.maxNewTokens);
  const config = configOf(call, samplingOf(body), { maxNewTokens, format }, choices);
  if (context.logMessages) exchange.asked = prompts[0];
  const includeUsage = body.stream_options?.include_usage === true;
  const echo = (choice: number): string =>
    body.echo === true ? (prompts[Math.floor(choice / choices)] ?? "") : "";
  return answerWith(call, {
    shape: completionShape(headOf(context, "cmpl-", model), {
      logprobs: logprobs !== undefined,
      echo,
      includeUsage,
    }),
    model: model.id,
    sharing: choices,
    start: (signal) =>
      prompts.flatMap((prompt) =>
        Array.from({ length: choices }, (_, choice) =>
          backend.complete(
            prompt,
            { ...config, seed: seedOfChoice(config.seed, choice) },
            { signal, logprobs },
          ),
        ),
      ),
    stream: body.stream === true,
    includeUsage,
    headers: {},
  });
}

function promptsOf(prompt: CompletionRequest["prompt"]): readonly string[] {
  if (prompt === undefined || prompt === null) return [""];
  if (typeof prompt === "string") return [prompt];
  return prompt.map((each) => {
    if (typeof each === "string") return each;
    throw refused(
      "prompt holds token ids; send texts, the tokens of models differ.",
      "prompt",
      "unsupported_value",
    );
  });
}

function checkCompletion(body: CompletionRequest, prompts: readonly string[]): void {
  const { n, best_of: best, suffix, echo, logprobs, stream, stream_options: options } = body;
  if (prompts.length * (n ?? 1) > MOST_PROMPTS)
    throw refused(
      `prompt and n ask for ${prompts.length * (n ?? 1)} texts; ${MOST_PROMPTS} may be made at once.`,
      "prompt",
    );
  if (typeof best === "number" && best !== (n ?? 1))
    throw refused("best_of must be n: all that is made is given.", "best_of", "unsupported_value");
  if (suffix) throw refused("No model here writes towards a suffix.", "suffix", "unsupported_value");
  if (echo === true && typeof logprobs === "number")
    throw refused(
      "echo and logprobs exclude each other: only tokens that were made have log-probabilities.",
      "logprobs",
      "unsupported_value",
    );
  if (options && stream !== true) throw refused("stream_options needs stream: true.", "stream_options");
}

/** What a reply may have: what was asked or half of the window, if there is so much room after the longest prompt. */
async function roomOf(
  backend: ChatBackend,
  prompts: readonly string[],
  asked: number | undefined,
): Promise<number> {
  const { contextWindow } = backend;
  const counts = await Promise.all(prompts.map((prompt) => backend.countTextTokens(prompt)));
  const promptTokens = Math.max(...counts) + 1; // and what begins a text
  if (promptTokens + 1 > contextWindow)
    throw new PromptTooLongError({ promptTokens, maxNewTokens: 1, contextWindow });
  return Math.min(asked ?? Math.max(1, Math.floor(contextWindow / 2)), contextWindow - promptTokens);
}
