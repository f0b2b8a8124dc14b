import { ParrotletError, present } from "../base/index.ts";
import type { Parameter } from "../engine/index.ts";
import type { Preset, Transformer } from "../model/index.ts";
import type { Architecture, TensorMapping } from "./architecture.ts";
import { gpt2 } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { modern } from "./modern.ts";
import type { StoredTensor } from "./safetensors.ts";

const architectures = [gpt2, llama, modern];

export const architectureOf = (model: Transformer): Architecture => architectureFor(model.config.preset);

export const architectureFor = (wanted: Preset): Architecture =>
  present(
    architectures.find(({ preset }) => preset === wanted),
    `an architecture for ${wanted}`,
  );

export const architectureNamed = (modelType: string): Architecture | undefined =>
  architectures.find((architecture) => architecture.modelType === modelType);

export const modelTypes: readonly string[] = architectures.map(({ modelType }) => modelType);

interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Lays the numbers of our parameters out as the files of the model's architecture have them.
 *
 * @param read Gives a parameter's numbers: its weights, its gradient, or a moment.
 */
export function toFile(
  model: Transformer,
  read: (parameter: Parameter) => Float32Array,
): Map<string, FloatTensor> {
  const file = new Map<string, FloatTensor>();
  const readOnce = memoize(read);
  for (const mapping of architectureOf(model).mapTensors(model)) {
    const values = new Float32Array(mapping.shape.reduce((product, extent) => product * extent, 1));
    if (mapping.parameter) {
      const ours = readOnce(mapping.parameter);
      eachElement(mapping, mapping.parameter, (inFile, inOurs) => {
        values[inFile] = ours[inOurs] ?? 0;
      });
    }
    file.set(mapping.name, { shape: mapping.shape, values });
  }
  return file;
}

/**
 * The reverse of `toFile`.
 *
 * @param file How to name the file in errors.
 * @throws {ParrotletError} `checkpoint-mismatch`, naming a tensor that is missing, has another shape, or is not the model's.
 */
export function fromFile(
  model: Transformer,
  tensors: ReadonlyMap<string, StoredTensor>,
  file: string,
): Map<Parameter, Float32Array> {
  return new Map(eachFromFile(model, tensors, file));
}

/** The same, one parameter after the other, so that not all of them are in memory at once. All is checked before the first. */
export function* eachFromFile(
  model: Transformer,
  tensors: ReadonlyMap<string, StoredTensor>,
  file: string,
): Generator<readonly [Parameter, Float32Array]> {
  const refuse = (problem: string): never => {
    throw new ParrotletError("checkpoint-mismatch", `${file}: ${problem}`);
  };
  const architecture = architectureOf(model);
  const left = new Set([...tensors.keys()].filter((name) => !architecture.ignored.test(name)));
  const found = architecture.mapTensors(model).map((mapping) => {
    const { name, shape, parameter } = mapping;
    const short = name.startsWith(architecture.prefix) ? name.slice(architecture.prefix.length) : name;
    const here = tensors.has(name) ? name : short;
    const stored = tensors.get(here) ?? refuse(`tensor ${name} is missing, which config.json asks for.`);
    left.delete(here);
    if (stored.shape.join() !== shape.join()) {
      refuse(
        `tensor ${name} is [${stored.shape.join(", ")}], but config.json asks for [${shape.join(", ")}].`,
      );
    }
    const { values } = stored;
    if (!(values instanceof Float32Array)) return refuse(`tensor ${name} holds whole numbers.`);
    if (!parameter && values.some((value) => value !== 0))
      refuse(`tensor ${name} is not 0, but the model has no biases.`);
    return { mapping, values };
  });
  const [extra] = left;
  if (extra) refuse(`tensor ${extra} has no place in the model that config.json describes.`);

  for (const parameter of model.parameters) {
    const ours = new Float32Array(parameter.size);
    for (const { mapping, values } of found) {
      if (mapping.parameter !== parameter) continue;
      eachElement(mapping, parameter, (inFile, inOurs) => {
        ours[inOurs] = values[inFile] ?? 0;
      });
    }
    yield [parameter, ours];
  }
}

/** Visits each element of a file's tensor with its place in the parameter. */
function eachElement(
  { shape, column = 0, transposed = false }: TensorMapping,
  parameter: Parameter,
  visit: (inFile: number, inOurs: number) => void,
): void {
  const ourColumns = parameter.shape.at(-1) ?? 1;
  const [rows, columns] = shape.length === 2 ? [shape[0] ?? 1, shape[1] ?? 1] : [1, shape[0] ?? 1];
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < columns; col++) {
      const ours = transposed ? col * ourColumns + column + row : row * ourColumns + column + col;
      visit(row * columns + col, ours);
    }
  }
}

function memoize(read: (parameter: Parameter) => Float32Array): (parameter: Parameter) => Float32Array {
  const known = new Map<Parameter, Float32Array>();
  return (parameter) => {
    const values = known.get(parameter) ?? read(parameter);
    known.set(parameter, values);
    return values;
  };
}
