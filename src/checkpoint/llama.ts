import type { Parameter } from "../engine/index.ts";
import { modelConfig, type Transformer } from "../model/index.ts";
import type { Architecture, TensorMapping } from "./architecture.ts";

/** `llama` as `LlamaForCausalLM`. */
export const llama: Architecture = {
  preset: "llama",
  modelType: "llama",
  prefix: "model.",
  ignored: /\.rotary_emb\.inv_freq$/,

  encodeConfig: (config, tokens) => ({
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: config.vocabulary,
    max_position_embeddings: config.contextWindow,
    hidden_size: config.width,
    intermediate_size: config.mlpWidth,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.width / config.heads,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    rms_norm_eps: config.epsilon,
    rope_theta: config.theta,
    rope_parameters: { rope_type: "default", rope_theta: config.theta },
    tie_word_embeddings: config.tied,
    initializer_range: config.deviation,
    bos_token_id: tokens.bos ?? null,
    eos_token_id: tokens.eos ?? null,
    pad_token_id: tokens.pad ?? null,
    dtype: "float32",
  }),

  decodeConfig: (fields) => {
    fields.expect("attention_bias", false);
    fields.expect("mlp_bias", false);
    fields.expect("hidden_act", "silu");
    const scaling = fields.object("rope_scaling");
    for (const name of ["rope_type", "type"]) scaling.expect(name, "default");
    scaling.expect("factor", undefined);
    fields.expect("partial_rotary_factor", 1);
    const rope = fields.object("rope_parameters");
    rope.expect("rope_type", "default");
    rope.expect("partial_rotary_factor", 1);
    const [width, heads] = [fields.count("hidden_size"), fields.count("num_attention_heads")];
    fields.expect("head_dim", width / heads);
    return modelConfig({
      preset: "llama",
      vocabulary: fields.count("vocab_size"),
      contextWindow: fields.count("max_position_embeddings"),
      width,
      layers: fields.count("num_hidden_layers"),
      heads,
      kvHeads: fields.optionalCount("num_key_value_heads"),
      mlpWidth: fields.count("intermediate_size"),
      tied: fields.boolean("tie_word_embeddings", false),
      epsilon: fields.number("rms_norm_eps", 1e-6),
      theta: rope.number("rope_theta", fields.number("rope_theta", 10_000)),
      deviation: fields.number("initializer_range", 0.02),
    });
  },

  mapTensors: (model: Transformer): TensorMapping[] => {
    const { vocabulary, width, heads, kvHeads, mlpWidth, tied } = model.config;
    const keyWidth = (width / heads) * kvHeads;
    const vector = (name: string, parameter: Parameter): TensorMapping => ({
      name,
      shape: [width],
      parameter,
    });
    /** `rows` outputs of ours from `column` on. */
    const turned = (name: string, parameter: Parameter, column: number, rows: number): TensorMapping => ({
      name,
      shape: [rows, parameter.shape[0] ?? 0],
      parameter,
      column,
      transposed: true,
    });
    return [
      { name: "model.embed_tokens.weight", shape: [vocabulary, width], parameter: model.tokens },
      ...model.blocks.flatMap(({ attention, attentionNorm, mlp, mlpNorm }, layer) => {
        const name = `model.layers.${layer}`;
        const qkv = attention.qkv.weight;
        return [
          vector(`${name}.input_layernorm.weight`, attentionNorm.weight),
          turned(`${name}.self_attn.q_proj.weight`, qkv, 0, width),
          turned(`${name}.self_attn.k_proj.weight`, qkv, width, keyWidth),
          turned(`${name}.self_attn.v_proj.weight`, qkv, width + keyWidth, keyWidth),
          turned(`${name}.self_attn.o_proj.weight`, attention.projection.weight, 0, width),
          vector(`${name}.post_attention_layernorm.weight`, mlpNorm.weight),
          turned(`${name}.mlp.gate_proj.weight`, mlp.up.weight, 0, mlpWidth),
          turned(`${name}.mlp.up_proj.weight`, mlp.up.weight, mlpWidth, mlpWidth),
          turned(`${name}.mlp.down_proj.weight`, mlp.down.weight, 0, width),
        ];
      }),
      vector("model.norm.weight", model.norm.weight),
      ...(tied ? [] : [{ name: "lm_head.weight", shape: [vocabulary, width], parameter: model.head }]),
    ];
  },
};
