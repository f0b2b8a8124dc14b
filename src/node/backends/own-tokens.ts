import {
  jinjaTemplate,
  renderContinuation,
  specialSetOf,
  type TemplateMessage,
  type Tokenizer,
  tokenizerFromJson,
} from "../../text/index.ts";
import type { HubTokenizer } from "./transformers-library.ts";

/**
 * The tokenizer of a model that was exported from here, as ours: the same tokens, but no text can make a special one, whatever it
 * says. Nothing where the model comes from elsewhere.
 */
export function ownTokenizer(from: HubTokenizer, size: number): Tokenizer | undefined {
  try {
    const tokenizer = tokenizerFromJson(from._tokenizerJSON as Record<string, unknown>, "tokenizer.json");
    const template = from.chat_template ?? undefined;
    const { bos } = tokenizer.special;
    // A model of texts has no template to be known by, but our names of special tokens.
    const ours = template === jinjaTemplate(tokenizer) && tokenizer.show(bos) === "<bos>";
    return ours && tokenizer.size === size && tokenizer.special.eos === from.eos_token_id
      ? tokenizer
      : undefined;
  } catch {
    return undefined;
  }
}

/** Messages by our template, a reply that has begun among them. A model of single questions sees the newest. */
export function ownPrompt(tokenizer: Tokenizer, messages: readonly TemplateMessage[]): number[] {
  const newest = messages.findLastIndex(({ role }) => role === "user");
  const alone = specialSetOf(tokenizer.special) === "pairs" && newest >= 0;
  return renderContinuation(tokenizer, alone ? messages.slice(newest) : messages);
}
