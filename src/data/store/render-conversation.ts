import { ParrotletError } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Message } from "../item.ts";
import { idsOf } from "./encode-text.ts";
import { turnTokens } from "./turn-tokens.ts";

/**
 * `<bos> [<system> text] <user> text <assistant> text <eos> ...` or, where the tokenizer is for single questions,
 * `<bos> question <sep> answer <eos> ...`, with each text as the tokenizer has it.
 */
export function renderConversation(
  tokenizer: Tokenizer,
  messages: readonly Message[],
): { ids: ArrayLike<number> } {
  const turns = turnTokens(tokenizer);
  if (!turns) {
    throw new ParrotletError(
      "no-chat-template",
      "The tokenizer has no tokens that tell messages apart, so it cannot write conversations.",
    );
  }
  const { bos, eos } = tokenizer.special;
  const pairs = turns.user === bos;
  const ids: number[] = pairs ? [] : [bos];
  for (const { role, text } of messages) {
    const begin = turns[role];
    if (begin !== undefined && !(pairs && role === "assistant")) ids.push(begin);
    const said = idsOf(tokenizer, text);
    for (let i = 0; i < said.length; i++) ids.push(said[i] ?? 0);
    if (role === "assistant") ids.push(eos);
    else if (pairs) ids.push(turns.assistant);
  }
  return { ids };
}
