export { BpeTokenizer, type BpeVocabulary, type Splitting } from "./bpe-tokenizer.ts";
export { spell, unspell } from "./byte-alphabet.ts";
export { ByteTokenizer } from "./byte-tokenizer.ts";
export { BytesTokenizer } from "./bytes-tokenizer.ts";
export { CharacterTokenizer, type CharacterTokenizerOptions } from "./character-tokenizer.ts";
export {
  jinjaTemplate,
  type RenderedConversation,
  type RenderedMessages,
  renderContinuation,
  renderConversation,
  renderPair,
  renderPrompt,
  type TemplateMessage,
} from "./chat-template.ts";
export { gpt2TokenizerJson } from "./gpt2-files.ts";
export { tokenizerFromJson } from "./read-tokenizer.ts";
export { SentencePieceTokenizer } from "./sentence-piece-tokenizer.ts";
export { SPECIAL_SETS, type SpecialSet, type SpecialTokens, specialSetOf } from "./special-tokens.ts";
export { TokenBytes } from "./token-bytes.ts";
export type { DecodeStream, TokenArray, Tokenizer } from "./tokenizer.ts";
export { type TrainBpeOptions, trainBpe } from "./train-bpe.ts";
