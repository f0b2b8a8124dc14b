import type { Tokenizer } from "../../text/index.ts";

/** The tokens between what each side says, by which a rendered conversation is cut. */
export interface TurnTokens {
  /** Begins a system message; `undefined` where there are none. */
  readonly system: number | undefined;
  /** Begins what the user says. */
  readonly user: number;
  /** Behind it the assistant speaks, until `eos`. */
  readonly assistant: number;
  readonly eos: number;
}

/**
 * Of tokenizers for conversations (`<bos> <user> question <assistant> answer <eos> ...`), and of those for single questions
 * (`<bos> question <sep> answer <eos> ...`); `undefined` for others.
 */
export function turnTokens({ special }: Tokenizer): TurnTokens | undefined {
  const { bos, eos, sep, system, user, assistant } = special;
  if (sep !== undefined && user === undefined) return { system: undefined, user: bos, assistant: sep, eos };
  return user === undefined || assistant === undefined ? undefined : { system, user, assistant, eos };
}
