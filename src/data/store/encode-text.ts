import type { Tokenizer } from "../../text/index.ts";

/** What tokenizers may have for texts in bulk. */
interface Bulk {
  encodeToArray(text: string): ArrayLike<number>;
}

/** The ids of a long text, by the fastest way that the tokenizer has. */
export function idsOf(tokenizer: Tokenizer, text: string): ArrayLike<number> {
  return "encodeToArray" in tokenizer
    ? (tokenizer as unknown as Bulk).encodeToArray(text)
    : tokenizer.encode(text);
}
