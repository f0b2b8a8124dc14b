import { modelConfig, type Transformer } from "../model/index.ts";
import type { Architecture, TensorMapping } from "./architecture.ts";

/** `classic` as `GPT2LMHeadModel`. A model without biases is written with biases of 0. */
export const gpt2: Architecture = {
  preset: "classic",
  modelType: "gpt2",
  prefix: "transformer.",
  ignored: /\.attn\.(bias|masked_bias)$/,

  encodeConfig: (config, tokens) => ({
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    vocab_size: config.vocabulary,
    n_positions: config.contextWindow,
    n_embd: config.width,
    n_layer: config.layers,
    n_head: config.heads,
    n_inner: config.mlpWidth,
    activation_function: config.gelu === "tanh" ? "gelu_new" : "gelu",
    layer_norm_epsilon: config.epsilon,
    tie_word_embeddings: config.tied,
    initializer_range: config.deviation,
    resid_pdrop: 0,
    embd_pdrop: 0,
    attn_pdrop: 0,
    bos_token_id: tokens.bos ?? null,
    eos_token_id: tokens.eos ?? null,
    pad_token_id: tokens.pad ?? null,
    dtype: "float32",
    parrotlet: { biases: config.biases },
  }),

  decodeConfig: (fields) => {
    fields.expect("scale_attn_weights", true);
    fields.expect("scale_attn_by_inverse_layer_idx", false);
    fields.expect("add_cross_attention", false);
    return modelConfig({
      preset: "classic",
      vocabulary: fields.count("vocab_size"),
      contextWindow: fields.count("n_positions"),
      width: fields.count("n_embd"),
      layers: fields.count("n_layer"),
      heads: fields.count("n_head"),
      mlpWidth: fields.optionalCount("n_inner"),
      tied: fields.boolean("tie_word_embeddings", true),
      biases: fields.object("parrotlet").boolean("biases", true),
      gelu:
        fields.choice("activation_function", ["gelu_new", "gelu"], "gelu_new") === "gelu" ? "erf" : "tanh",
      epsilon: fields.number("layer_norm_epsilon", 1e-5),
      deviation: fields.number("initializer_range", 0.02),
    });
  },

  mapTensors: (model: Transformer): TensorMapping[] => {
    const { width, mlpWidth, tied } = model.config;
    const affine = (
      name: string,
      part: { weight: TensorMapping["parameter"]; bias: TensorMapping["parameter"] },
      shape: readonly number[],
    ): TensorMapping[] => [
      { name: `${name}.weight`, shape, parameter: part.weight },
      { name: `${name}.bias`, shape: shape.slice(-1), parameter: part.bias },
    ];
    const table = (name: string, parameter: TensorMapping["parameter"]): TensorMapping[] =>
      parameter ? [{ name, shape: parameter.shape, parameter }] : [];
    return [
      ...table("transformer.wte.weight", model.tokens),
      ...table("transformer.wpe.weight", model.positions),
      ...model.blocks.flatMap((block, layer) => {
        const name = `transformer.h.${layer}`;
        return [
          ...affine(`${name}.ln_1`, block.attentionNorm, [width]),
          ...affine(`${name}.attn.c_attn`, block.attention.qkv, [width, 3 * width]),
          ...affine(`${name}.attn.c_proj`, block.attention.projection, [width, width]),
          ...affine(`${name}.ln_2`, block.mlpNorm, [width]),
          ...affine(`${name}.mlp.c_fc`, block.mlp.up, [width, mlpWidth]),
          ...affine(`${name}.mlp.c_proj`, block.mlp.down, [mlpWidth, width]),
        ];
      }),
      ...affine("transformer.ln_f", model.norm, [width]),
      ...(tied ? [] : table("lm_head.weight", model.head)),
    ];
  },
};
