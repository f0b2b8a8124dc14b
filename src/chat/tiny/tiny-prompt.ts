import { renderContinuation, specialSetOf, type Tokenizer } from "../../text/index.ts";
import type { ChatMessage } from "../backend.ts";
import { UnableError } from "../errors.ts";

/**
 * What a model goes on from, as it was trained: conversations as they are; of a model of single questions the newest one, with
 * what it began to answer.
 *
 * @throws {ParrotletError} `no-chat-template`, `unable`, `unknown-character`.
 */
export function tinyPrompt(name: string, tokenizer: Tokenizer, messages: readonly ChatMessage[]): number[] {
  if (specialSetOf(tokenizer.special) !== "pairs") return renderContinuation(tokenizer, messages);
  if (messages.some(({ role }) => role === "system"))
    throw new UnableError(name, "take a message of the role system", "Leave it out.");
  const newest = messages.findLastIndex(({ role }) => role === "user");
  if (newest < 0) throw new UnableError(name, "answer without a message of the user");
  return renderContinuation(tokenizer, messages.slice(newest));
}
