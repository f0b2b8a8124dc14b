export { attentionWeights, type HeadWeights } from "./attention-weights.ts";
export { compileFormat } from "./constraint/compile-format.ts";
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
export { type GenerationConfig, type GenerationNumber, generationConfig } from "./generation-config.ts";
export { argmax, sample } from "./sampler.ts";
export type { TokenConstraint } from "./token-constraint.ts";
