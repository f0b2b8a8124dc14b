import { ParrotletError } from "../base/index.ts";
import type { Transformer } from "../model/index.ts";
import type { TensorMapping } from "./architecture.ts";
import { f16AtLeast } from "./half-floats.ts";
import type { StoredTensor, WrittenTensor } from "./safetensors.ts";
import { architectureOf } from "./tensors.ts";

/**
 * How the weights of a checkpoint are written. Computing is in f32, whatever the file has.
 *
 * - `f32`: as they are;
 * - `f16`, `bf16`: half the bytes; other programs read them too;
 * - `int8`: a quarter. A matrix or table is the tensor NAME of I8, and NAME.scale of F16, one for each output: `[rows, 1]` or
 *   `[1, columns]`; the weight is the product of both. Vectors are F16. Only this program reads it.
 */
export type WeightForm = "f32" | "f16" | "bf16" | "int8";

export const WEIGHT_FORMS: readonly WeightForm[] = ["f32", "f16", "bf16", "int8"];

const SCALE = ".scale";
/** The largest whole number of a symmetric int8: -128 is not used. */
const MOST = 127;

/**
 * Tensors of a file in another form, in the same order.
 *
 * @throws {ParrotletError} `weights-too-large` where F16 has no such number.
 */
export function inForm(
  model: Transformer,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>,
  form: WeightForm,
): Map<string, WrittenTensor> {
  if (form === "f32") return new Map(tensors);
  const dtype = form === "bf16" ? "BF16" : "F16";
  const written = new Map<string, WrittenTensor>();
  for (const mapping of architectureOf(model).mapTensors(model)) {
    const { name, shape } = mapping;
    const tensor = tensors.get(name);
    if (!tensor) continue;
    if (form === "int8" && shape.length === 2) {
      const { whole, scale } = quantized(tensor.values, shape, outputsAreRows(mapping));
      checkFits(name, scale.values);
      written.set(name, whole).set(name + SCALE, scale);
    } else {
      if (dtype === "F16") checkFits(name, tensor.values);
      written.set(name, { ...tensor, dtype });
    }
  }
  return written;
}

/** Of a table, each row is a token's; of a matrix, what an output is made from shares a scale. */
const outputsAreRows = ({ parameter, transposed = false }: TensorMapping): boolean =>
  transposed || !parameter?.name.startsWith("layers.");

/** The largest F16, and what is rounded to it. */
const LARGEST_F16 = 65519;

function checkFits(name: string, values: Float32Array): void {
  const wrong = values.find((value) => !(Math.abs(value) <= LARGEST_F16));
  if (wrong === undefined) return;
  const message = `${name} holds ${wrong}, which is beyond F16 (65504). Take bf16 or f32: it has such numbers.`;
  throw new ParrotletError("weights-too-large", message);
}

/** Each number as the nearest multiple of its row's or column's scale. */
function quantized(
  values: Float32Array,
  shape: readonly number[],
  byRow: boolean,
): { whole: WrittenTensor; scale: WrittenTensor & { values: Float32Array } } {
  const [rows = 0, columns = 0] = shape;
  const largest = new Float32Array(byRow ? rows : columns);
  const groupOf = (i: number): number => (byRow ? Math.floor(i / columns) : i % columns);
  for (let i = 0; i < values.length; i++) {
    const group = groupOf(i);
    largest[group] = Math.max(largest[group] ?? 0, Math.abs(values[i] ?? 0));
  }
  // Rounded up, no number is beyond 127 of it.
  const scales = largest.map((value) => f16AtLeast(value / MOST));
  const whole = Int8Array.from(values, (value, i) => {
    const scale = scales[groupOf(i)] ?? 0;
    return scale > 0 ? Math.round(value / scale) : 0;
  });
  const scaleShape = byRow ? [rows, 1] : [1, columns];
  return { whole: { shape, values: whole }, scale: { shape: scaleShape, values: scales, dtype: "F16" } };
}

/**
 * The reverse of `inForm`: tensors of I8 become what they stand for. What is of another form stays as it is.
 *
 * @param file How to name the file in errors.
 * @throws {ParrotletError} `checkpoint-mismatch`, naming the scale that is missing, of another shape or not finite.
 */
export function outOfForm(
  tensors: ReadonlyMap<string, StoredTensor>,
  file: string,
): Map<string, StoredTensor> {
  const read = new Map<string, StoredTensor>(tensors);
  for (const [name, { shape, values }] of tensors) {
    if (!(values instanceof Int8Array)) continue;
    const scale = checkedScale(`${name}${SCALE}`, tensors, shape, file);
    const [rows, columns = 0] = shape;
    const byRow = scale.shape[0] === rows && scale.shape[1] === 1;
    const product = Float32Array.from(
      values,
      (value, i) => value * (scale.values[byRow ? Math.floor(i / columns) : i % columns] ?? 0),
    );
    read.set(name, { shape, values: product });
    read.delete(name + SCALE);
  }
  return read;
}

function checkedScale(
  name: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  shape: readonly number[],
  file: string,
): { shape: readonly number[]; values: Float32Array } {
  const refuse = (problem: string): never => {
    throw new ParrotletError("checkpoint-mismatch", `${file}: ${problem}`);
  };
  const stored = tensors.get(name) ?? refuse(`tensor ${name} is missing: the scale of a tensor of I8.`);
  const [rows, columns] = shape;
  if (shape.length !== 2) refuse(`tensor ${name} scales [${shape.join(", ")}], but only matrices are I8.`);
  const fits = [`${rows},1`, `1,${columns}`].includes(stored.shape.join());
  if (!fits) {
    const wanted = `[${rows}, 1] or [1, ${columns}]`;
    refuse(`tensor ${name} is [${stored.shape.join(", ")}], but a scale of its tensor is ${wanted}.`);
  }
  const { values } = stored;
  if (!(values instanceof Float32Array)) return refuse(`tensor ${name} holds whole numbers.`);
  const wrong = values.find((value) => !(Number.isFinite(value) && value >= 0));
  if (wrong !== undefined) refuse(`tensor ${name} holds ${wrong}; a scale is a finite number from 0 up.`);
  return { shape: stored.shape, values };
}
