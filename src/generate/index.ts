export { attentionWeights, type HeadWeights } from "./attention-weights.ts";
export { Decoder, type DecoderOptions } from "./decoder.ts";
export { type FinishReason, generate, reply, replyToAll, sampleAll } from "./generate.ts";
export { type GenerationConfig, generationConfig } from "./generation-config.ts";
export { argmax, sample } from "./sampler.ts";
