import { invariant, present } from "../base/index.ts";
import { type Parameter, Stretch } from "./tensor.ts";

/** Regions and tensors in them begin at multiples of this many words: 64 bytes, a cache line. */
export const ALIGNMENT = 16;

export const aligned = (words: number): number => Math.ceil(words / ALIGNMENT) * ALIGNMENT;

/** A run of neighbouring parameters. */
export interface Group {
  /** The first word. */
  readonly offset: number;
  readonly words: number;
}

/**
 * Where each parameter lies in its region. Parameters of one group are neighbours, so that an optimizer updates a group
 * by one kernel; their gradients and moments have the same places in their own regions.
 */
export class ParameterLayout {
  readonly parameters: readonly Parameter[];
  readonly groups: readonly Group[];
  /** The parameters of each group. */
  readonly members: readonly (readonly Parameter[])[];
  /** The words of the region. */
  readonly words: number;
  readonly #offsets = new Map<Parameter, number>();

  /** @param groups Each parameter exactly once; an empty group stays in its place with 0 words. */
  constructor(groups: readonly (readonly Parameter[])[]) {
    let offset = 0;
    this.members = groups;
    this.groups = groups.map((members) => {
      const first = offset;
      for (const parameter of members) {
        invariant(!this.#offsets.has(parameter), `${parameter.name} is in two groups`);
        this.#offsets.set(parameter, offset);
        offset += aligned(parameter.size);
      }
      return { offset: first, words: offset - first };
    });
    this.words = offset;
    this.parameters = groups.flat();
  }

  /** The first word of a parameter in its region. */
  offsetOf(parameter: Parameter): number {
    return present(this.#offsets.get(parameter), `the place of ${parameter.name}`);
  }

  /** A group as one flat tensor; `copy` counts the optimizer's tensors, which lie one after another. */
  stretch(region: "parameters" | "gradients" | "optimizer", group: Group, copy = 0): Stretch {
    return new Stretch(region, group.offset + copy * this.words, group.words);
  }

  /** One parameter as a flat tensor; see `stretch`. */
  stretchOf(region: "parameters" | "gradients" | "optimizer", parameter: Parameter, copy = 0): Stretch {
    return this.stretch(region, { offset: this.offsetOf(parameter), words: parameter.size }, copy);
  }

  /** The number of parameters as people count them: elements, without padding. */
  get count(): number {
    return this.parameters.reduce((sum, parameter) => sum + parameter.size, 0);
  }
}

/**
 * Columns of cached keys: they lie position beside position, so that a query meets many at once. The capacity rounded up to a
 * multiple of 32, as KEYS_PADDING in kernels/attention.c.
 */
export const paddedCapacity = (capacity: number): number => Math.ceil(capacity / 32) * 32;
