import type { ChosenToken, TokenLogprob } from "../../chat/index.ts";
import type { AnswerShape, Choice, Usages } from "../generation/answer.ts";

/** What stands in every object of one answer. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

const logprobOf = ({ text, bytes, logprob }: TokenLogprob): object => ({
  token: text,
  logprob: finite(logprob),
  bytes: [...bytes],
});

/** JSON has no infinity; OpenAI writes what cannot be as -9999. */
const finite = (logprob: number): number => Math.max(-9999, logprob);

const logprobsOf = (tokens: readonly ChosenToken[]): object => ({
  content: tokens.map((token) => ({ ...logprobOf(token), top_logprobs: token.alternatives.map(logprobOf) })),
  refusal: null,
});

/** `chat.completion` and `chat.completion.chunk`. */
export function chatShape(head: AnswerHead, logprobs: boolean, includeUsage: boolean): AnswerShape {
  const chunk = (choices: readonly object[], usage: Usages | null = null): object => ({
    ...{ id: head.id, object: "chat.completion.chunk", created: head.created, model: head.model },
    system_fingerprint: head.system_fingerprint,
    choices,
    ...(includeUsage ? { usage } : {}),
  });
  const part = ({ index, tokens }: Choice, delta: object, finish: Choice["finish"] = null): object =>
    chunk([
      {
        index,
        delta,
        logprobs: logprobs && tokens.length > 0 ? logprobsOf(tokens) : null,
        finish_reason: finish,
      },
    ]);
  return {
    whole: (choices, usage) => ({
      ...{ id: head.id, object: "chat.completion", created: head.created, model: head.model },
      system_fingerprint: head.system_fingerprint,
      choices: choices.map(({ index, text, tokens, finish }) => ({
        index,
        message: { role: "assistant", content: text, refusal: null },
        logprobs: logprobs ? logprobsOf(tokens) : null,
        finish_reason: finish,
      })),
      usage,
    }),
    chunks: (choice, first) => {
      const none = { ...choice, tokens: [] };
      return [
        ...(first ? [part(none, { role: "assistant", content: "", refusal: null })] : []),
        ...(choice.text !== "" || choice.tokens.length > 0 ? [part(choice, { content: choice.text })] : []),
        ...(choice.finish === null ? [] : [part(none, {}, choice.finish)]),
      ];
    },
    usageChunk: (usage) => chunk([], usage),
  };
}
