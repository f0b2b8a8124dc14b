import { ParrotletError } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Message, Role } from "../item.ts";

/** The tokens with which the messages of each side begin. */
export type TurnTokens = Readonly<Record<Role, number>>;

/** `undefined` where the tokenizer was made for single questions and answers. */
export function turnTokens({ special }: Tokenizer): TurnTokens | undefined {
  const { system, user, assistant } = special as Partial<TurnTokens>;
  return system === undefined || user === undefined || assistant === undefined
    ? undefined
    : { system, user, assistant };
}

/** `<bos> [<system> text] <user> text <assistant> text <eos> ...`, with each text as the tokenizer has it. */
export function renderConversation(tokenizer: Tokenizer, messages: readonly Message[]): { ids: number[] } {
  const turns = turnTokens(tokenizer);
  if (!turns) {
    throw new ParrotletError(
      "tokenizer-without-turns",
      "The tokenizer has no <system>, <user> and <assistant> tokens, so it cannot write conversations.",
    );
  }
  const ids = [tokenizer.special.bos];
  for (const { role, text } of messages) {
    ids.push(turns[role]);
    for (const id of tokenizer.encode(text)) ids.push(id);
    if (role === "assistant") ids.push(tokenizer.special.eos);
  }
  return { ids };
}
