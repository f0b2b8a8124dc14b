import { ParrotletError } from "../base/index.ts";
import { specialSetOf } from "./special-tokens.ts";
import { type TokenArray, type Tokenizer, tokenArray } from "./tokenizer.ts";

/** What someone says. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** A question and its answer as token ids, and which of them the model is to learn. */
export interface RenderedConversation {
  readonly ids: readonly number[];
  /** The index of the first token of the answer. */
  readonly answerFrom: number;
}

/** Messages as token ids, and which of them are the model's own. */
export interface RenderedMessages {
  readonly ids: TokenArray;
  /** By token: 1 for what the assistant says and the `<eos>` after it, which the model learns; 0 for the rest. */
  readonly learn: Uint8Array;
}

/** What the model goes on from, and then its answer with `<eos>`. */
export function renderPair(tokenizer: Tokenizer, question: string, answer: string): RenderedConversation {
  const prompt = renderPrompt(tokenizer, question);
  return { ids: [...prompt, ...tokenizer.encode(answer), tokenizer.special.eos], answerFrom: prompt.length };
}

/**
 * What the model goes on from, by the tokenizer's special tokens:
 *
 * - `pairs`: `<bos> question <sep>`, after earlier questions with their answers, if there are any;
 * - `chat`: `<bos>`, the messages, `<assistant>`;
 * - `text`: `<bos> text`. There are no messages.
 *
 * @param prompt One question, or a text to go on with, or the messages so far.
 * @throws {ParrotletError} `no-chat-template`, `unknown-character`.
 */
export function renderPrompt(tokenizer: Tokenizer, prompt: string | readonly TemplateMessage[]): number[] {
  const { bos, assistant } = tokenizer.special;
  if (typeof prompt === "string" && specialSetOf(tokenizer.special) === "text") {
    return [bos, ...tokenizer.encode(prompt)];
  }
  const messages = typeof prompt === "string" ? [{ role: "user", text: prompt } as const] : prompt;
  const ids = Array.from(renderConversation(tokenizer, messages).ids);
  return assistant === undefined ? ids : [...ids, assistant];
}

/**
 * As `renderPrompt`; but where the last message is the assistant's, the model goes on with that one: its `<eos>` is left out.
 *
 * @throws {ParrotletError} `no-chat-template`, `unknown-character`.
 */
export function renderContinuation(tokenizer: Tokenizer, messages: readonly TemplateMessage[]): number[] {
  if (messages.at(-1)?.role !== "assistant") return renderPrompt(tokenizer, messages);
  return Array.from(renderConversation(tokenizer, messages).ids).slice(0, -1);
}

/**
 * A conversation by the tokenizer's special tokens:
 *
 * - `chat`: `<bos>`, then `<system> text`, `<user> text` and `<assistant> text <eos>` as they come;
 * - `pairs`: `<bos> question <sep> answer <eos>`, one pair after the other.
 *
 * @throws {ParrotletError} `no-chat-template` where the tokenizer has no tokens for that; `unknown-character`.
 */
export function renderConversation(
  tokenizer: Tokenizer,
  messages: readonly TemplateMessage[],
): RenderedMessages {
  const render = TEMPLATES[specialSetOf(tokenizer.special)];
  const rendered = new Rendered(tokenizer);
  render(rendered, messages);
  return rendered.finish();
}

const TEMPLATES = {
  chat: (rendered: Rendered, messages: readonly TemplateMessage[]): void => {
    const { special } = rendered.tokenizer;
    rendered.token(special.bos);
    for (const { role, text } of messages) {
      rendered.token(special[role]);
      rendered.text(text, role === "assistant");
      if (role === "assistant") rendered.token(special.eos, true);
    }
  },
  pairs: (rendered: Rendered, messages: readonly TemplateMessage[]): void => {
    const { bos, sep, eos } = rendered.tokenizer.special;
    for (const { role, text } of messages) {
      if (role === "system") {
        const message = 'This model has no token for a message of the role "system". Leave it out.';
        throw new ParrotletError("no-chat-template", message);
      }
      if (role === "user") rendered.token(bos);
      rendered.text(text, role === "assistant");
      rendered.token(role === "user" ? sep : eos, role === "assistant");
    }
  },
  text: (): never => {
    const message =
      "This model goes on with texts: its tokenizer has no tokens that tell messages apart. " +
      "Train one whose tokenizer has the special tokens of conversations.";
    throw new ParrotletError("no-chat-template", message);
  },
};

/** Token ids as they come. */
class Rendered {
  readonly tokenizer: Tokenizer;
  readonly #parts: { readonly ids: ArrayLike<number>; readonly learn: boolean }[] = [];

  constructor(tokenizer: Tokenizer) {
    this.tokenizer = tokenizer;
  }

  token(id: number | undefined, learn = false): void {
    if (id !== undefined) this.#parts.push({ ids: [id], learn });
  }

  text(text: string, learn: boolean): void {
    this.#parts.push({ ids: this.tokenizer.encodeToArray(text), learn });
  }

  finish(): RenderedMessages {
    const length = this.#parts.reduce((sum, { ids }) => sum + ids.length, 0);
    const ids = tokenArray(this.tokenizer.size, length);
    const learn = new Uint8Array(length);
    let at = 0;
    for (const part of this.#parts) {
      ids.set(part.ids, at);
      if (part.learn) learn.fill(1, at, at + part.ids.length);
      at += part.ids.length;
    }
    return { ids, learn };
  }
}

/** The template of single questions in Jinja, as `tokenizer_config.json` has it for other programs. */
export const JINJA_TEMPLATE: string =
  "{% for message in messages %}" +
  "{% if message.role == 'user' %}<bos>{{ message.content }}<sep>{% endif %}" +
  "{% if message.role == 'assistant' %}{{ message.content }}<eos>{% endif %}" +
  "{% endfor %}";

const CHAT_TEMPLATE =
  "<bos>" +
  "{% for message in messages %}" +
  "{% if message.role == 'system' %}<system>{{ message.content }}{% endif %}" +
  "{% if message.role == 'user' %}<user>{{ message.content }}{% endif %}" +
  "{% if message.role == 'assistant' %}<assistant>{{ message.content }}<eos>{% endif %}" +
  "{% endfor %}" +
  "{% if add_generation_prompt %}<assistant>{% endif %}";

/** The template of a tokenizer in Jinja; none where it has no tokens for messages. */
export function jinjaTemplate(tokenizer: Tokenizer): string | undefined {
  const templates = { pairs: JINJA_TEMPLATE, chat: CHAT_TEMPLATE, text: undefined };
  return templates[specialSetOf(tokenizer.special)];
}
