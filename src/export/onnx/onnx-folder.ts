import { encodeText } from "../../base/index.ts";
import { type Checkpoint, configOf, tokenizerConfig } from "../../checkpoint/index.ts";
import { cachedLayers, encodeOnnx, type OnnxOptions } from "./encode-onnx.ts";

/**
 * The files of a folder that transformers.js and optimum open, by their paths. The same checkpoint gives the same bytes.
 *
 * @throws {ParrotletError} As `encodeOnnx`.
 */
export function onnxFolder(checkpoint: Checkpoint, options: OnnxOptions = {}): Map<string, Uint8Array> {
  const { tokenizer, model } = checkpoint;
  const { pad, bos, eos } = tokenizer.special;
  const { contextWindow } = model.config;
  const json = (value: unknown): Uint8Array => encodeText(`${JSON.stringify(value, null, 2)}\n`);
  const half = options.type === "f16";
  const config = {
    ...configFor(checkpoint),
    // Where nobody says otherwise, transformers.js asks for another file: in a browser for one of whole numbers.
    "transformers.js_config": { dtype: half ? "fp16" : "fp32", kv_cache_dtype: "float32" },
  };
  const ids = { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad };
  const { pad_token, bos_token, eos_token, ...settings } = tokenizerConfig(tokenizer, contextWindow);
  const names = { pad_token, bos_token, eos_token };
  return new Map([
    ["config.json", json(config)],
    ["generation_config.json", json({ ...ids, do_sample: false })],
    ["tokenizer.json", json(tokenizer.toJson())],
    ["tokenizer_config.json", json({ ...settings, ...names })],
    ["special_tokens_map.json", json(names)],
    [`onnx/model${half ? "_fp16" : ""}.onnx`, encodeOnnx(checkpoint, options)],
  ]);
}

/**
 * What other programs read to know how a cache is shaped. No other program knows `modern`: it is called a llama, which has the
 * same cache; all else is in the graph.
 */
function configFor({ model, tokenizer }: Checkpoint): Record<string, unknown> {
  const { config } = model;
  if (config.preset !== "modern") return configOf(model, tokenizer.special);
  const { bos, eos, pad } = tokenizer.special;
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: config.vocabulary,
    max_position_embeddings: config.contextWindow,
    hidden_size: config.width,
    intermediate_size: config.mlpWidth,
    num_hidden_layers: cachedLayers(config),
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.width / config.heads,
    bos_token_id: bos,
    eos_token_id: eos,
    pad_token_id: pad,
    parrotlet: { ...config },
  };
}
