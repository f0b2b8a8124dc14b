import { invariant, ParrotletError } from "../base/index.ts";
import type { Instruction } from "./kernels/instructions.ts";
import { instructions } from "./kernels/instructions.ts";
import type { Inputs, Kernel, Numbers, Outputs } from "./kernels/kernel.ts";

export type DType = "f32" | "i32";
export type Shape = readonly number[];

/** The numbers in a tensor of this shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);
/** The last extent: the width of a row. */
export const widthOf = (shape: Shape): number => shape.at(-1) ?? 1;
/** The product of all extents but the last. */
export const rowsOf = (shape: Shape): number => sizeOf(shape.slice(0, -1));
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Refuses operands that do not fit together. */
export function expectShape(holds: boolean, op: string, problem: string): asserts holds {
  if (!holds) throw new ParrotletError("shape-mismatch", `${op}: ${problem}`);
}

export const show = (tensor: Tensor): string => `${tensor.name ?? "tensor"} [${tensor.shape.join(", ")}]`;

/** Refuses segment starts that are not whole numbers of this shape, one for each token. */
export function expectSegments(segments: Tensor, shape: Shape, op: string): void {
  expectShape(
    segments.dtype === "i32" && sameShape(segments.shape, shape),
    op,
    `${show(segments)} does not name the start of a segment for each of [${shape.join(", ")}] tokens`,
  );
}

/**
 * From the gradients of a kernel's outputs, absent where the loss does not depend on one, to those of its inputs; `made`
 * are the outputs themselves.
 */
type GradientRule<K extends Kernel> = (
  gradients: Partial<Outputs<K, Tensor>>,
  made: Outputs<K, Tensor>,
) => { readonly [Name in keyof Inputs<K, Tensor>]?: Tensor | undefined };

/** One recorded kernel call. Its number is its place in time: a node reads only from nodes with lower numbers. */
export interface Node {
  readonly number: number;
  readonly kernel: Kernel;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly gradient:
    | ((gradients: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor | undefined>>)
    | undefined;
}

/**
 * A tensor that will exist when a program runs: it has a shape and knows which kernel makes it, and no numbers.
 * Operations on tensors record kernels; `compile` turns what was recorded into a program.
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The kernel call that makes this tensor; none for a leaf. */
  readonly node: Node | undefined;
  readonly name: string | undefined;

  constructor(shape: Shape, options: { dtype?: DType; node?: Node | undefined; name?: string } = {}) {
    const valid = shape.every((extent) => Number.isSafeInteger(extent) && extent > 0);
    expectShape(
      valid,
      options.name ?? "tensor",
      `[${shape.join(", ")}] is not a list of positive whole numbers`,
    );
    this.shape = shape;
    this.dtype = options.dtype ?? "f32";
    this.node = options.node;
    this.name = options.name;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** This plus a tensor of the same shape. */
  add(other: Tensor): Tensor {
    return this.#elementwise("add", other, ({ out }) => ({ x: out, y: out }));
  }

  /** This times a tensor of the same shape, element by element. */
  multiply(other: Tensor): Tensor {
    return this.#elementwise("multiply", other, ({ out }) => ({
      x: out?.multiply(other),
      y: out?.multiply(this),
    }));
  }

  /** This times a number. */
  scale(factor: number): Tensor {
    const numbers = { count: this.size, factor };
    return record("scale", { x: this }, numbers, { out: this.shape }, ({ out }) => ({
      x: out?.scale(factor),
    })).out;
  }

  /** The sum of all elements, `[1]`. */
  sum(): Tensor {
    const { shape, size } = this;
    return record("sum", { x: this }, { count: size }, { out: [1] }, ({ out }) => ({
      x: out && record("expand", { x: out }, { count: size }, { out: shape }).out,
    })).out;
  }

  #elementwise(kernel: "add" | "multiply", other: Tensor, rule: GradientRule<"add" | "multiply">): Tensor {
    expectShape(
      sameShape(this.shape, other.shape),
      kernel,
      `${show(this)} and ${show(other)} differ in shape`,
    );
    return record(kernel, { x: this, y: other }, { count: this.size }, { out: this.shape }, rule).out;
  }
}

/** How the numbers of a parameter begin. */
export type Initializer =
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly values: readonly number[] };

/** A leaf that training changes. Its name is its key in a checkpoint. */
export class Parameter extends Tensor {
  override readonly name: string;
  readonly initializer: Initializer;
  /** The widths of neighbouring columns that are maps of their own. @default all columns are one */
  readonly parts: readonly number[];

  constructor(
    name: string,
    shape: Shape,
    initializer: Initializer,
    parts: readonly number[] = [widthOf(shape)],
  ) {
    super(shape, { name });
    this.name = name;
    this.initializer = initializer;
    this.parts = parts;
  }
}

/** A leaf that is written from outside before a program runs. */
export class Input extends Tensor {
  override readonly name: string;
  /** Every step of a run has a value of its own. @default false */
  readonly perStep: boolean;
  /** Only whole numbers from 0 to below this may be written. @default anything may */
  readonly below: number | undefined;
  /** Negative numbers may be written too: in targets they mark what does not count. @default false */
  readonly mayBeNegative: boolean;
  /** Place `t` of a row holds the start of its segment: from 0 to `t`, and no less than the place before. @default false */
  readonly segments: boolean;

  constructor(
    name: string,
    shape: Shape,
    options: {
      dtype?: DType;
      perStep?: boolean;
      below?: number | undefined;
      mayBeNegative?: boolean;
      segments?: boolean;
    } = {},
  ) {
    super(shape, { name, dtype: options.dtype ?? "f32" });
    this.name = name;
    this.perStep = options.perStep ?? false;
    this.below = options.below;
    this.mayBeNegative = options.mayBeNegative ?? false;
    this.segments = options.segments ?? false;
  }
}

/** A leaf that keeps its numbers from run to run and that kernels change in place, as a KV cache. 0 at first. */
export class State extends Tensor {
  override readonly name: string;

  constructor(name: string, shape: Shape) {
    super(shape, { name });
    this.name = name;
  }
}

/** A stretch of a region of the arena, as one flat tensor: how an optimizer sees all parameters at once. */
export class Stretch extends Tensor {
  readonly region: "parameters" | "gradients" | "optimizer";
  readonly offset: number;

  constructor(region: "parameters" | "gradients" | "optimizer", offset: number, words: number) {
    super([words], { name: `${region}+${offset}` });
    this.region = region;
    this.offset = offset;
  }
}

let recorded = 0;

/** Records a call of `kernel`. */
export function record<K extends Kernel>(
  kernel: K,
  inputs: Inputs<K, Tensor>,
  numbers: Numbers<K>,
  outputs: Outputs<K, Shape>,
  gradient?: GradientRule<K>,
): Outputs<K, Tensor> & { readonly node: Node } {
  const given = Object.entries(inputs as Record<string, Tensor | undefined>);
  const made: Record<string, Tensor> = {};
  const node: Node = {
    number: recorded++,
    kernel,
    inputs: Object.fromEntries(given.filter((entry): entry is [string, Tensor] => entry[1] !== undefined)),
    outputs: made,
    numbers: numbers as Readonly<Record<string, number>>,
    gradient:
      gradient &&
      ((gradients) => gradient(gradients as Partial<Outputs<K, Tensor>>, made as Outputs<K, Tensor>)),
  };
  const spec: Instruction = instructions[kernel];
  for (const [name, shape] of Object.entries(outputs as Record<string, Shape>))
    made[name] = new Tensor(shape, { node, dtype: spec.outputs[name]?.endsWith("i32") ? "i32" : "f32" });
  for (const name of Object.keys(spec.inputs)) {
    invariant(name.endsWith("?") || node.inputs[name], `${kernel} was recorded without its input ${name}`);
  }
  return { ...made, node } as Outputs<K, Tensor> & { readonly node: Node };
}
