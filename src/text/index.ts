export { CharacterTokenizer } from "./character-tokenizer.ts";
export { JINJA_TEMPLATE, type RenderedConversation, renderPair, renderPrompt } from "./chat-template.ts";
export type { SpecialTokens, Tokenizer } from "./tokenizer.ts";
