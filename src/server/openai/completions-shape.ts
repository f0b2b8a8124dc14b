import type { ChosenToken } from "../../chat/index.ts";
import type { AnswerShape, Choice } from "../generation/answer.ts";
import type { AnswerHead } from "./chat-shape.ts";

/** `text_completion`, whole and in chunks. `echo` is what stands before each choice's text: its prompt, or nothing. */
export function completionShape(
  head: AnswerHead,
  options: {
    readonly logprobs: boolean;
    readonly echo: (choice: number) => string;
    readonly includeUsage: boolean;
  },
): AnswerShape {
  const { logprobs, echo, includeUsage } = options;
  /** Where each choice's next token begins, in characters of its text. */
  const offsets = new Map<number, number>();
  const object = (choices: readonly object[], usage?: object | null): object => ({
    ...{ id: head.id, object: "text_completion", created: head.created, model: head.model },
    system_fingerprint: head.system_fingerprint,
    choices,
    ...(usage === undefined ? {} : { usage }),
  });
  const choiceOf = ({ index, text, tokens, finish }: Choice, first: boolean): object => {
    const before = first ? echo(index) : "";
    const from = offsets.get(index) ?? echo(index).length;
    offsets.set(index, from + tokens.reduce((sum, token) => sum + token.text.length, 0));
    return {
      text: before + text,
      index,
      logprobs: logprobs ? olderLogprobs(tokens, from) : null,
      finish_reason: finish,
    };
  };
  return {
    whole: (choices, usage) =>
      object(
        choices.map((choice) => choiceOf(choice, true)),
        usage,
      ),
    chunks: (choice, first) => [object([choiceOf(choice, first)], includeUsage ? null : undefined)],
    usageChunk: (usage) => object([], usage),
  };
}

/** Log-probabilities in the form of this older API: lists side by side. */
function olderLogprobs(tokens: readonly ChosenToken[], from: number): object {
  let at = from;
  const offsets = tokens.map(({ text }) => {
    at += text.length;
    return at - text.length;
  });
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => Math.max(-9999, logprob)),
    top_logprobs: tokens.map(({ alternatives }) =>
      Object.fromEntries(alternatives.map(({ text, logprob }) => [text, Math.max(-9999, logprob)])),
    ),
    text_offset: offsets,
  };
}
