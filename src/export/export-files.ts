import { encodeText, ParrotletError } from "../base/index.ts";
import { type Checkpoint, encodeCheckpoint } from "../checkpoint/index.ts";
import { SentencePieceTokenizer } from "../text/index.ts";
import { encodeGguf } from "./gguf/index.ts";
import { onnxFolder } from "./onnx/index.ts";

/** Whom a model is written for: Hugging Face's transformers, an ONNX runtime, llama.cpp, or whoever reads weights alone. */
export type ExportTarget = "hf" | "onnx" | "gguf" | "safetensors";

/** How weights are written. */
export type ExportType = "f32" | "f16" | "bf16" | "q8_0";

/** The types of weights that each target has, the usual one first. */
export const EXPORT_TYPES: Readonly<Record<ExportTarget, readonly ExportType[]>> = {
  hf: ["f32", "f16", "bf16"],
  onnx: ["f32", "f16"],
  gguf: ["f32", "f16", "q8_0"],
  safetensors: ["f32", "f16", "bf16"],
};

export interface ExportOptions {
  readonly to: ExportTarget;
  /** @default "f32" */
  readonly type?: ExportType | undefined;
  /** What the model is called; the file's name of a GGUF. */
  readonly name: string;
  /** `README.md`. @default none */
  readonly card?: string | undefined;
}

/**
 * The files of a model for other programs, by their paths in the folder. The same checkpoint gives the same bytes.
 *
 * @throws {ParrotletError} `export-type`; `weights-too-large`; `onnx-too-large`; `cannot-export`.
 */
export function exportFiles(
  checkpoint: Pick<Checkpoint, "model" | "weights" | "tokenizer">,
  { to, type = "f32", name, card }: ExportOptions,
): Map<string, Uint8Array> {
  if (!EXPORT_TYPES[to].includes(type)) {
    const message = `${to} has no weights of ${type}; it has ${EXPORT_TYPES[to].join(", ")}.`;
    throw new ParrotletError("export-type", message);
  }
  const { model, weights, tokenizer } = checkpoint;
  const files = encoders[to]({ model, weights, tokenizer }, type, name);
  return card === undefined ? files : new Map([...files, ["README.md", encodeText(card)]]);
}

type Plain = Pick<Checkpoint, "model" | "weights" | "tokenizer">;
type Encoder = (checkpoint: Plain, type: ExportType, name: string) => Map<string, Uint8Array>;

const half = (type: ExportType): "f32" | "f16" => (type === "f16" ? "f16" : "f32");
const form = (type: ExportType): "f32" | "f16" | "bf16" => (type === "bf16" ? "bf16" : half(type));

const encoders: Readonly<Record<ExportTarget, Encoder>> = {
  hf: (checkpoint, type) => huggingFaceFolder(checkpoint, form(type)),
  onnx: (checkpoint, type) => onnxFolder(checkpoint, { type: half(type) }),
  gguf: (checkpoint, type, name) => {
    if (checkpoint.tokenizer instanceof SentencePieceTokenizer) {
      const message =
        "GGUF files of tokenizers like Llama 2's need the scores of SentencePiece, which tokenizer.json does not have. Export to hf or onnx.";
      throw new ParrotletError("cannot-export", message);
    }
    const file = encodeGguf(checkpoint, { type: type === "q8_0" ? type : half(type), name });
    return new Map([[`${name}.gguf`, file]]);
  },
  safetensors: (checkpoint, type) => {
    const weights = encodeCheckpoint(checkpoint, form(type)).get("model.safetensors");
    return new Map(weights ? [["model.safetensors", weights]] : []);
  },
};

/** A checkpoint folder without what training needs, and with the two files more that old programs ask for. */
function huggingFaceFolder(checkpoint: Plain, weights: "f32" | "f16" | "bf16"): Map<string, Uint8Array> {
  const { tokenizer } = checkpoint;
  const { pad, bos, eos, sep, unk } = tokenizer.special;
  const json = (value: unknown): Uint8Array => encodeText(`${JSON.stringify(value, null, 2)}\n`);
  const ids = { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad };
  const named = { pad_token: pad, bos_token: bos, eos_token: eos, sep_token: sep, unk_token: unk };
  const names = Object.entries(named).flatMap(([name, id]) =>
    id === undefined ? [] : [[name, tokenizer.show(id)]],
  );
  return new Map([
    ...encodeCheckpoint(checkpoint, weights),
    ["generation_config.json", json({ ...ids, do_sample: false })],
    ["special_tokens_map.json", json(Object.fromEntries(names))],
  ]);
}
