import { ParrotletError } from "../../base/index.ts";
import type { Checkpoint } from "../../checkpoint/index.ts";
import type { ModelConfig } from "../../model/index.ts";
import { FILE_TYPES, type GgufType } from "./gguf-numbers.ts";
import { ggufTensors } from "./gguf-tensors.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import { type GgufValue, writeGguf } from "./gguf-writer.ts";

export interface GgufOptions {
  /** How matrices are written; vectors are always f32, and so are learned positions. */
  readonly type: GgufType;
  /** `general.name`. */
  readonly name: string;
}

/**
 * A model with its tokenizer and chat template as one GGUF file: what llama.cpp, and all that is built on it, runs. `llama`
 * becomes its `llama`, `classic` its `gpt2`.
 *
 * @throws {ParrotletError} `cannot-export`, `weights-too-large`.
 */
export function encodeGguf(checkpoint: Checkpoint, { type, name }: GgufOptions): Uint8Array {
  const { config } = checkpoint.model;
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", text(architectureName(config))],
    ["general.type", text("model")],
    ["general.name", text(name)],
    ["general.file_type", u32(FILE_TYPES[type])],
    ["general.quantization_version", u32(2)],
    ...shapeOf(config),
    ...ggufTokenizer(checkpoint.tokenizer),
  ]);
  return writeGguf(metadata, ggufTensors(checkpoint, type));
}

const text = (value: string): GgufValue => ({ type: "string", value });
const u32 = (value: number): GgufValue => ({ type: "u32", value });
const f32 = (value: number): GgufValue => ({ type: "f32", value });

function architectureName({ preset, gelu }: ModelConfig): "llama" | "gpt2" {
  const refuse = (problem: string, instead: string): never => {
    throw new ParrotletError("cannot-export", `GGUF has no ${problem}. ${instead}`);
  };
  if (preset === "modern")
    return refuse(
      "models of the preset modern: llama.cpp does not know them",
      "Export to safetensors, or train a model of the preset llama.",
    );
  if (preset === "classic" && gelu === "erf")
    return refuse(
      "classic models with the exact GELU: llama.cpp computes GPT-2's approximation",
      "Export to hf or onnx, or train a model with gelu tanh.",
    );
  return preset === "llama" ? "llama" : "gpt2";
}

/** What the architecture's keys say. */
function shapeOf(config: ModelConfig): [string, GgufValue][] {
  const { preset, contextWindow, width, layers, heads, kvHeads, mlpWidth, epsilon, theta, vocabulary } =
    config;
  const shared: [string, GgufValue][] = [
    ["context_length", u32(contextWindow)],
    ["embedding_length", u32(width)],
    ["block_count", u32(layers)],
    ["feed_forward_length", u32(mlpWidth)],
    ["attention.head_count", u32(heads)],
    ["vocab_size", u32(vocabulary)],
  ];
  const own: [string, GgufValue][] =
    preset === "llama"
      ? [
          ["attention.head_count_kv", u32(kvHeads)],
          ["attention.layer_norm_rms_epsilon", f32(epsilon)],
          ["rope.dimension_count", u32(width / heads)],
          ["rope.freq_base", f32(theta)],
        ]
      : [["attention.layer_norm_epsilon", f32(epsilon)]];
  return [...shared, ...own].map(([key, value]) => [`${architectureName(config)}.${key}`, value]);
}
