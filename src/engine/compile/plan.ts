import { type Instruction, instructions } from "../kernels/instructions.ts";
import { aligned } from "../layout.ts";
import type { RegionName } from "../program.ts";
import type { Tensor } from "../tensor.ts";
import type { Step } from "./step.ts";

export interface Place {
  readonly region: RegionName;
  readonly offset: number;
}

/** Memory that one tensor, or several in turn, live in. Alive from step `birth` to step `death`, both included. */
interface Storage {
  readonly words: number;
  readonly birth: number;
  death: number;
  place: Place | undefined;
}

/**
 * Gives each tensor that `steps` make a place in the activations: two tensors share memory when they are never alive at
 * once, and a kernel that may work in place does. Tensors in `fixed` have a place already; those in `kept` are read from
 * outside, so they live to the end. Returns all places and the words that the activations take.
 *
 * Storages are placed largest first, each at the lowest offset that is free throughout its life.
 * @see Pisarchyk and Lee 2020, "greedy by size". https://arxiv.org/abs/2001.03288
 */
export function planMemory(
  steps: readonly Step[],
  fixed: ReadonlyMap<Tensor, Place>,
  kept: ReadonlySet<Tensor>,
): { places: Map<Tensor, Place>; words: number } {
  const lastRead = lastReads(steps);
  const storageOf = new Map<Tensor, Storage>();
  const storages = new Set<Storage>();
  for (const [index, step] of steps.entries()) {
    const taken = new Set<Storage>();
    for (const [name, tensor] of Object.entries(step.outputs)) {
      const death = kept.has(tensor) ? steps.length : (lastRead.get(tensor) ?? index);
      const own: Storage = { words: aligned(tensor.size), birth: index, death, place: fixed.get(tensor) };
      const source = reusable(step, index, name, own, storageOf);
      const storage = source && !taken.has(source) ? source : own;
      taken.add(storage);
      storages.add(storage);
      storage.death = death;
      storage.place ??= own.place;
      storageOf.set(tensor, storage);
    }
  }
  const words = placeLargestFirst([...storages].filter((storage) => storage.place === undefined));
  const places = new Map<Tensor, Place>(fixed);
  for (const [tensor, { place }] of storageOf) if (place) places.set(tensor, place);
  return { places, words };
}

/** The last step that reads each tensor. */
function lastReads(steps: readonly Step[]): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  for (const [index, step] of steps.entries())
    for (const input of Object.values(step.inputs)) last.set(input, index);
  return last;
}

/** The storage of a dying input that the named output of `step` may take over. */
function reusable(
  step: Step,
  index: number,
  output: string,
  own: Storage,
  storageOf: ReadonlyMap<Tensor, Storage>,
): Storage | undefined {
  const spec: Instruction = instructions[step.kernel];
  const candidates = spec.reuse?.[output] ?? [];
  for (const name of candidates) {
    const input = step.inputs[name];
    const storage = input && storageOf.get(input);
    if (!storage || storage.death !== index || storage.words !== own.words || storage.place) continue;
    const readElsewhere = Object.entries(step.inputs).some(
      ([other, tensor]) => storageOf.get(tensor) === storage && !candidates.includes(other),
    );
    if (!readElsewhere) return storage;
  }
  return undefined;
}

function placeLargestFirst(storages: readonly Storage[]): number {
  let words = 0;
  const placed: { storage: Storage; offset: number }[] = [];
  const order = [...storages].sort((a, b) => b.words - a.words || a.birth - b.birth);
  for (const storage of order) {
    let offset = 0;
    for (const other of placed) {
      if (other.storage.birth > storage.death || other.storage.death < storage.birth) continue;
      if (offset + storage.words <= other.offset) break;
      offset = Math.max(offset, other.offset + other.storage.words);
    }
    storage.place = { region: "activations", offset };
    const next = placed.findIndex((other) => other.offset > offset);
    placed.splice(next < 0 ? placed.length : next, 0, { storage, offset });
    words = Math.max(words, offset + storage.words);
  }
  return words;
}
