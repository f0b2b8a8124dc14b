import { toFile } from "../../checkpoint/index.ts";
import type { ModelConfig, Transformer, Weights } from "../../model/index.ts";
import { BLOCK, encodeNumbers, GGML_TYPES, type GgufType } from "./gguf-numbers.ts";
import type { GgufTensor } from "./gguf-writer.ts";

/** llama.cpp's names of what stands outside the blocks in Hugging Face's files, and of the parts of a block. */
const OUTSIDE: Readonly<Record<string, string>> = {
  "transformer.wte": "token_embd",
  "transformer.wpe": "position_embd",
  "transformer.ln_f": "output_norm",
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
};
const INSIDE: Readonly<Record<string, string>> = {
  ln_1: "attn_norm",
  "attn.c_attn": "attn_qkv",
  "attn.c_proj": "attn_output",
  ln_2: "ffn_norm",
  "mlp.c_fc": "ffn_up",
  "mlp.c_proj": "ffn_down",
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/** A model's tensors as llama.cpp wants them: its names, `[out, in]`, and numbers of a rotary pair side by side. */
export function ggufTensors(
  { model, weights }: { readonly model: Transformer; readonly weights: Weights },
  type: GgufType,
): GgufTensor[] {
  const { config } = model;
  const file = toFile(model, (parameter) => weights.read(parameter));
  return [...file].map(([from, tensor]) => {
    const name = ggufName(from);
    const turned = isConv1D(from, tensor.shape) ? transposed(tensor) : tensor;
    const { shape, values } = turned;
    const heads = headsOf(name, config);
    const own = heads === undefined ? values : pairedRows(values, shape[0] ?? 0, heads);
    const numbers = typeFor(name, shape, type);
    const bytes = encodeNumbers(own, numbers, name);
    return { name, shape: [...shape].reverse(), type: GGML_TYPES[numbers], bytes };
  });
}

/** `model.layers.0.self_attn.q_proj.weight` is `blk.0.attn_q.weight`. */
function ggufName(name: string): string {
  const [, stem = "", kind = ""] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  const [, layer, part = ""] = /^(?:transformer\.h|model\.layers)\.(\d+)\.(.*)$/.exec(stem) ?? [];
  return layer === undefined ? `${OUTSIDE[stem]}.${kind}` : `blk.${layer}.${INSIDE[part]}.${kind}`;
}

/** GPT-2's files keep the matrices of blocks as `[in, out]`. */
const isConv1D = (name: string, shape: readonly number[]): boolean =>
  name.startsWith("transformer.h.") && shape.length === 2;

interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function transposed({ shape: [rows = 0, columns = 0], values }: Numbers): Numbers {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return { shape: [columns, rows], values: turned };
}

const headsOf = (name: string, { heads, kvHeads }: ModelConfig): number | undefined => {
  if (name.endsWith(".attn_q.weight")) return heads;
  return name.endsWith(".attn_k.weight") ? kvHeads : undefined;
};

/**
 * The rows of a query or key map, of each head from Hugging Face's order to llama.cpp's. Rotary positions turn pairs of numbers:
 * there the first and second half of a head are the pairs' first and second numbers, here each pair's numbers are neighbours.
 */
export function pairedRows(values: Float32Array, rows: number, heads: number): Float32Array {
  const columns = values.length / rows;
  const headRows = rows / heads;
  const paired = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [head, inHead] = [Math.floor(row / headRows), row % headRows];
    const from = head * headRows + (inHead % 2) * (headRows / 2) + Math.floor(inHead / 2);
    paired.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return paired;
}

/** Vectors and learned positions stay f32: llama.cpp adds them as they are. A row that is not whole blocks cannot be q8_0. */
function typeFor(name: string, shape: readonly number[], type: GgufType): GgufType {
  if (shape.length === 1 || name.startsWith("position_embd")) return "f32";
  return type === "q8_0" && (shape[1] ?? 0) % BLOCK !== 0 ? "f16" : type;
}
