import type { Tokenizer } from "./tokenizer.ts";

/** A conversation as token ids, and which of them the model is to learn. */
export interface RenderedConversation {
  readonly ids: readonly number[];
  /** The index of the first token of the answer. */
  readonly answerFrom: number;
}

/** `<bos> question <sep> answer <eos>`, with each part as the tokenizer has it. */
export function renderPair(tokenizer: Tokenizer, question: string, answer: string): RenderedConversation {
  const prompt = renderPrompt(tokenizer, question);
  return { ids: [...prompt, ...tokenizer.encode(answer), tokenizer.special.eos], answerFrom: prompt.length };
}

/** What the model goes on from: `<bos> question <sep>`. */
export function renderPrompt(tokenizer: Tokenizer, question: string): number[] {
  const { bos, sep } = tokenizer.special;
  return [bos, ...tokenizer.encode(question), sep];
}

/** The same template in Jinja, as `tokenizer_config.json` has it for other programs. */
export const JINJA_TEMPLATE: string =
  "{% for message in messages %}" +
  "{% if message.role == 'user' %}<bos>{{ message.content }}<sep>{% endif %}" +
  "{% if message.role == 'assistant' %}{{ message.content }}<eos>{% endif %}" +
  "{% endfor %}";
