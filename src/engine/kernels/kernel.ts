import { type Instruction, instructions } from "./instructions.ts";

export type Kernel = keyof typeof instructions;
export const kernels: readonly Kernel[] = Object.keys(instructions) as Kernel[];

type Optional<S> = S extends `${infer Name}?` ? Name : never;
type Required<S> = S extends `${string}?` ? never : S & string;
type Bare<S> = S extends `${infer Name}?` ? Name : S & string;
type Words<K extends Kernel, Part extends "integers" | "floats"> = (typeof instructions)[K] extends {
  readonly [P in Part]: readonly (infer Name extends string)[];
}
  ? Name
  : never;

/** The tensors a kernel reads, by name. */
export type Inputs<K extends Kernel, T> = {
  readonly [Name in Required<keyof (typeof instructions)[K]["inputs"]>]: T;
} & { readonly [Name in Optional<keyof (typeof instructions)[K]["inputs"]>]?: T | undefined };

/** The tensors a kernel writes, by name. */
export type Outputs<K extends Kernel, T> = {
  readonly [Name in Bare<keyof (typeof instructions)[K]["outputs"]>]: T;
};

/** The numbers a kernel is told, by name. */
export type Numbers<K extends Kernel> = {
  readonly [Name in Words<K, "integers"> | Words<K, "floats">]: number;
};

/** One argument list as a device sees it: tensors are word offsets, absent ones -1. */
export type Arguments<K extends Kernel> = {
  readonly [Name in Bare<keyof (typeof instructions)[K]["inputs"]>]: number;
} & Outputs<K, number> &
  Numbers<K>;

export interface Field {
  readonly name: string;
  readonly part: "input" | "output" | "integer" | "float";
  readonly optional: boolean;
  readonly shape: string;
}

const fieldTable = new Map<Kernel, readonly Field[]>(
  kernels.map((kernel) => {
    const spec: Instruction = instructions[kernel];
    const operands = (part: "input" | "output", all: Readonly<Record<string, string>>): Field[] =>
      Object.entries(all).map(([key, shape]) => ({
        name: key.replace("?", ""),
        part,
        optional: key.endsWith("?"),
        shape,
      }));
    const words = (part: "integer" | "float", names: readonly string[] = []): Field[] =>
      names.map((name) => ({ name, part, optional: false, shape: "" }));
    return [
      kernel,
      [
        ...operands("input", spec.inputs),
        ...operands("output", spec.outputs),
        ...words("integer", spec.integers),
        ...words("float", spec.floats),
      ],
    ];
  }),
);

/** The arguments of a kernel in the order in which a program holds them. */
export function fieldsOf(kernel: Kernel): readonly Field[] {
  return fieldTable.get(kernel) ?? [];
}
