import { invariant, Rng } from "../base/index.ts";
import { type Device, type Parameter, ParameterLayout, type Region } from "../engine/index.ts";
import type { LanguageModel } from "./language-model.ts";

/** The parameters of a model by how optimizers treat them, in this order. */
export const GROUPS = ["tables", "matrices", "vectors"] as const;

/**
 * Tables (embeddings and the head), the matrices of blocks, and vectors (biases, norms, scalars): each lies together, so that
 * an optimizer can take them apart. Vectors do not decay.
 */
export function layoutOf(model: LanguageModel): ParameterLayout {
  const vectors = model.parameters.filter((parameter) => parameter.shape.length < 2);
  const matrices = model.parameters.filter(
    (parameter) => parameter.shape.length >= 2 && parameter.name.startsWith("layers."),
  );
  const tables = model.parameters.filter(
    (parameter) => !vectors.includes(parameter) && !matrices.includes(parameter),
  );
  return new ParameterLayout([tables, matrices, vectors]);
}

/** The numbers of a model's parameters on a device, for all programs of that model to share. */
export class Weights {
  readonly layout: ParameterLayout;
  readonly device: Device;
  readonly region: Region;

  constructor(device: Device, layout: ParameterLayout) {
    this.device = device;
    this.layout = layout;
    this.region = device.allocate(layout.words);
  }

  /** Draws all parameters anew. The same seed gives the same numbers, whatever the order of the parameters. */
  initialize(seed: number): this {
    for (const parameter of this.layout.parameters) this.write(parameter, initialValues(parameter, seed));
    return this;
  }

  read(parameter: Parameter): Float32Array {
    return this.region.read(this.layout.offsetOf(parameter), parameter.size);
  }

  write(parameter: Parameter, values: ArrayLike<number>): void {
    invariant(values.length === parameter.size, `${values.length} numbers for ${parameter.name}`);
    this.region.write(this.layout.offsetOf(parameter), values);
  }

  release(): void {
    this.region.release();
  }
}

function initialValues(parameter: Parameter, seed: number): Float32Array {
  const { initializer, size } = parameter;
  if (initializer.kind === "constant") return new Float32Array(size).fill(initializer.value);
  if (initializer.kind === "values") return Float32Array.from(initializer.values);
  const rng = new Rng(seed, nameHash(parameter.name));
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = rng.normal() * initializer.deviation;
  return values;
}

/** FNV-1a of a name: a stream of random numbers for each parameter. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
