import { encodeText, ParrotletError, type Storage } from "../base/index.ts";
import type { Device } from "../engine/index.ts";
import { layoutOf, type ModelConfig, Transformer, Weights } from "../model/index.ts";
import type { TokenIds } from "./architecture.ts";
import { decodeConfig } from "./config-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { architectureOf, eachFromFile, toFile } from "./tensors.ts";
import { inForm, outOfForm, type WeightForm } from "./weight-form.ts";

/** A model and its numbers on a device. */
export interface LoadedModel {
  readonly model: Transformer;
  readonly weights: Weights;
}

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
/** Weights of `int8` have another name, so that no other program takes their whole numbers for the weights themselves. */
const WEIGHTS_INT8 = "model.int8.safetensors";
/** `dtype` in `config.json`. */
const DTYPE = { f32: "float32", f16: "float16", bf16: "bfloat16", int8: "int8" } as const;

/**
 * Reads a Hugging Face folder of an architecture that we run: `config.json` and `model.safetensors`, or our own
 * `model.int8.safetensors`. Nothing in it is run, and no length in it is believed.
 *
 * @throws {ParrotletError} `checkpoint-missing-file`, `config-invalid`, `model-config`, `safetensors-invalid`,
 * `checkpoint-mismatch`, `out-of-memory`.
 */
export async function loadModel(storage: Storage, folder: string, device: Device): Promise<LoadedModel> {
  const config = await loadConfig(storage, folder);
  const int8 = (await storage.list(folder)).every(({ name }) => name !== WEIGHTS)
    ? await storage.read(`${folder}/${WEIGHTS_INT8}`)
    : undefined;
  const file = storage.describe(`${folder}/${int8 ? WEIGHTS_INT8 : WEIGHTS}`);
  const tensors = outOfForm(
    decodeSafetensors(int8 ?? (await readFile(storage, folder, WEIGHTS)), file),
    file,
  );
  const numbers = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
  // Each layer has an MLP and attention: more than this. So a model is built only where the file can fill it.
  if (config.layers > tensors.size || config.layers * 4 * config.width * config.width > numbers) {
    const message =
      `${file}: ${tensors.size} tensors of ${numbers} numbers cannot hold the ${config.layers} layers ` +
      `of width ${config.width} that config.json asks for.`;
    throw new ParrotletError("checkpoint-mismatch", message);
  }
  const model = new Transformer(config);
  const parameters = eachFromFile(model, tensors, file);
  const first = parameters.next(); // all is checked before there is room for weights
  const weights = new Weights(device, layoutOf(model));
  for (let each = first; !each.done; each = parameters.next()) weights.write(...each.value);
  return { model, weights };
}

/**
 * Reads only what a model's shape is: no weights.
 *
 * @throws {ParrotletError} `checkpoint-missing-file`, `config-invalid`, `model-config`.
 */
export async function loadConfig(storage: Storage, folder: string): Promise<ModelConfig> {
  const bytes = await readFile(storage, folder, CONFIG);
  return decodeConfig(bytes, storage.describe(`${folder}/${CONFIG}`));
}

/**
 * The files of a model in Hugging Face's form. The same numbers give the same bytes.
 *
 * @throws {ParrotletError} `weights-too-large`.
 */
export function encodeModel(
  { model, weights }: LoadedModel,
  tokens: TokenIds,
  form: WeightForm = "f32",
): Map<string, Uint8Array> {
  const config = { ...configOf(model, tokens), dtype: DTYPE[form] };
  const tensors = toFile(model, (parameter) => weights.read(parameter));
  return new Map([
    [CONFIG, encodeText(`${JSON.stringify(config, null, 2)}\n`)],
    [form === "int8" ? WEIGHTS_INT8 : WEIGHTS, encodeSafetensors(inForm(model, tensors, form))],
  ]);
}

/** What `config.json` says of a model whose weights are f32. */
export const configOf = (model: Transformer, tokens: TokenIds): Record<string, unknown> =>
  architectureOf(model).encodeConfig(model.config, tokens);

/** A file that must be there. */
export async function readFile(storage: Storage, folder: string, name: string): Promise<Uint8Array> {
  const bytes = await storage.read(`${folder}/${name}`);
  if (bytes) return bytes;
  const found = (await storage.list(folder)).map((entry) => entry.name).join(", ") || "nothing";
  const sharded = found.includes(".safetensors.index.json") ? " Bring it in first: parrotlet import" : "";
  const message = `${storage.describe(folder)} is not a checkpoint: it has no ${name}. It holds ${found}.${sharded}`;
  throw new ParrotletError("checkpoint-missing-file", message);
}
