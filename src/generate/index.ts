export { attentionWeights, type HeadWeights } from "./attention-weights.ts";
export { BatchDecoder, type BatchDecoderOptions, Sequence } from "./batch-decoder.ts";
export { compileFormat, constraintOf, type MakeConstraint } from "./constraint/compile-format.ts";
export { Decoder, type DecoderOptions } from "./decoder.ts";
export { fitMessages } from "./fit-messages.ts";
export {
  type FinishReason,
  type GenerateOptions,
  generate,
  replyToAll,
  type SampledRow,
  sampleAll,
  sampleRows,
} from "./generate.ts";
export { type GenerateTextOptions, generateText, reply } from "./generate-text.ts";
export {
  GENERATION_RANGES,
  type GenerationConfig,
  type GenerationNumber,
  generationConfig,
  type ReplyFormat,
} from "./generation-config.ts";
export type { ObservedToken, TokenChance } from "./log-probabilities.ts";
export { Sampler, type SamplerOptions } from "./sampler.ts";
export { StopSequences } from "./stop-sequences.ts";
export type { TokenConstraint } from "./token-constraint.ts";
export { type TextDelta, TokenText, type TokenTextOptions } from "./token-text.ts";
