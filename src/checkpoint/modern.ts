import { type ModelOptions, modelConfig, type Transformer } from "../model/index.ts";
import type { Architecture, TensorMapping } from "./architecture.ts";

const FLAGS = [
  "tied",
  "qkNorm",
  "valueResidual",
  "residualScalars",
  "zeroProjections",
  "embeddingNorm",
] as const;
const CHOICES = {
  positions: ["learned", "rotary"],
  norm: ["layer", "rms"],
  activation: ["gelu", "swiglu", "relu-squared"],
  gelu: ["tanh", "erf"],
} as const;

/** `modern`, which opens only here: its config is ours, and tensors lie in files as they lie in memory. */
export const modern: Architecture = {
  preset: "modern",
  modelType: "parrotlet",
  prefix: "",
  ignored: /(?!)/,

  encodeConfig: ({ preset: _, biases: __, vocabulary, contextWindow, ...config }, tokens) => ({
    architectures: ["ParrotletForCausalLM"],
    model_type: "parrotlet",
    vocab_size: vocabulary,
    max_position_embeddings: contextWindow,
    ...config,
    bos_token_id: tokens.bos ?? null,
    eos_token_id: tokens.eos ?? null,
    pad_token_id: tokens.pad ?? null,
    dtype: "float32",
  }),

  decodeConfig: (fields) => {
    const flags = FLAGS.map((name) => [name, fields.boolean(name, name !== "tied")] as const);
    const choices = Object.entries(CHOICES).map(
      ([name, all]) => [name, fields.choice<string>(name, all, all.at(-1) ?? "")] as const,
    );
    return modelConfig({
      preset: "modern",
      vocabulary: fields.count("vocab_size"),
      contextWindow: fields.count("max_position_embeddings"),
      width: fields.count("width"),
      layers: fields.count("layers"),
      heads: fields.count("heads"),
      kvHeads: fields.optionalCount("kvHeads"),
      mlpWidth: fields.count("mlpWidth"),
      logitCap: fields.number("logitCap", 15),
      bigrams: fields.number("bigrams", 0),
      epsilon: fields.number("epsilon", 1e-5),
      theta: fields.number("theta", 10_000),
      deviation: fields.number("deviation", 0.02),
      ...(Object.fromEntries([...flags, ...choices]) as Partial<ModelOptions>),
    });
  },

  mapTensors: (model: Transformer): TensorMapping[] =>
    model.parameters.map((parameter) => ({ name: parameter.name, shape: parameter.shape, parameter })),
};
