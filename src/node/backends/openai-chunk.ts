import { encodeText } from "../../base/index.ts";
import type { ChosenToken, TokenLogprob, Usage } from "../../chat/index.ts";
import type { FinishReason } from "../../generate/index.ts";
import { fieldsOf, textOf } from "./openai-client.ts";

/** What one object of a stream says: of `/chat/completions`, of `/completions`, or of an answer that was not streamed. */
export interface Chunk {
  readonly text: string;
  readonly tokens: readonly ChosenToken[];
  readonly finish: Exclude<FinishReason, "aborted"> | undefined;
  readonly usage: Usage | undefined;
}

export function readChunk(value: Readonly<Record<string, unknown>>): Chunk {
  const choices = value["choices"];
  const choice = fieldsOf(Array.isArray(choices) ? choices[0] : undefined);
  const [delta, message] = [fieldsOf(choice["delta"]), fieldsOf(choice["message"])];
  const reason = choice["finish_reason"];
  return {
    text: textOf(delta["content"]) || textOf(message["content"]) || textOf(choice["text"]),
    tokens: tokensOf(fieldsOf(choice["logprobs"])),
    finish: typeof reason !== "string" || reason === "" ? undefined : reason === "length" ? "length" : "stop",
    usage: usageOf(fieldsOf(value["usage"])),
  };
}

function usageOf(usage: Readonly<Record<string, unknown>>): Usage | undefined {
  const [promptTokens, completionTokens = 0] = [usage["prompt_tokens"], usage["completion_tokens"]];
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Of `/chat/completions` an object for each token in `content`, of `/completions` lists side by side. */
function tokensOf(logprobs: Readonly<Record<string, unknown>>): ChosenToken[] {
  const { content, tokens, token_logprobs: chances, top_logprobs: tops } = logprobs;
  if (Array.isArray(content)) {
    return content.map((entry) => {
      const top = fieldsOf(entry)["top_logprobs"];
      return { ...chance(entry), alternatives: Array.isArray(top) ? top.map(chance) : [] };
    });
  }
  if (!Array.isArray(tokens)) return [];
  return tokens.map((token, place) => {
    const others = Object.entries(fieldsOf(Array.isArray(tops) ? tops[place] : undefined));
    const alternatives = others.map(([other, logprob]) => chance({ token: other, logprob }));
    const logprob: unknown = Array.isArray(chances) ? chances[place] : 0;
    alternatives.sort((a, b) => b.logprob - a.logprob);
    return { ...chance({ token, logprob }), alternatives };
  });
}

function chance(value: unknown): TokenLogprob {
  const { token, logprob, bytes } = fieldsOf(value);
  const text = textOf(token);
  const given = Array.isArray(bytes) && bytes.every((byte) => isCount(byte) && byte < 256);
  return {
    text,
    bytes: given ? Uint8Array.from(bytes as number[]) : encodeText(text),
    logprob: typeof logprob === "number" ? Math.min(0, logprob) : 0,
  };
}
