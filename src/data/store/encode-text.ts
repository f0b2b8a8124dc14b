import type { Tokenizer } from "../../text/index.ts";

/** The ids of a long text, by the fastest way that the tokenizer has. */
export function idsOf(tokenizer: Tokenizer, text: string): ArrayLike<number> {
  const bulk = tokenizer as Tokenizer & { encodeToArray?: (text: string) => ArrayLike<number> };
  return bulk.encodeToArray?.(text) ?? tokenizer.encode(text);
}
