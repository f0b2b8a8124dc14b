import { renderPrompt, type TemplateMessage, type Tokenizer } from "../text/index.ts";

/**
 * The messages that a model can still see, with room for its reply: the oldest exchanges go first, the system's messages and
 * the last message stay whatever their length. As in training, what is left begins with what others say.
 *
 * @param room Tokens of the context window, and those of them that the reply should have.
 * @throws {ParrotletError} `unknown-character`, `no-chat-template`.
 */
export function fitMessages(
  tokenizer: Tokenizer,
  messages: readonly TemplateMessage[],
  room: { readonly capacity: number; readonly reply: number },
): readonly TemplateMessage[] {
  const most = room.capacity - room.reply;
  const starts = messages.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  let kept = messages;
  for (const start of [0, ...starts]) {
    kept = messages.filter(({ role }, index) => index >= start || role === "system");
    if (renderPrompt(tokenizer, kept).length <= most) break;
  }
  return kept;
}
