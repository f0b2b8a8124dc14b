import { invariant } from "../../base/index.ts";
import { aligned, type ParameterLayout } from "../layout.ts";
import type { Slot } from "../program.ts";
import { Input, Parameter, State, Stretch, type Tensor } from "../tensor.ts";
import type { Place } from "./plan.ts";
import type { Step } from "./step.ts";

/** Where the leaves of a program lie, and the kernels that move what every step has of its own. */
export interface PlacedLeaves {
  readonly places: Map<Tensor, Place>;
  readonly inputs: Record<string, Slot>;
  readonly outputs: Record<string, Slot>;
  /** Take this step's inputs out of their queues. */
  readonly prologue: Step[];
  /** Put this step's results into theirs. */
  readonly epilogue: Step[];
  readonly sizes: { gradients: number; optimizer: number; state: number; exchange: number };
}

/** Gives each leaf a place: parameters theirs in the layout, inputs and states the next free ones. */
export function placeLeaves(
  all: readonly Tensor[],
  pinned: ReadonlyMap<Tensor, Place>,
  layout: ParameterLayout,
  perStep: Readonly<Record<string, Tensor>>,
  maxSteps: number,
): PlacedLeaves {
  const leaves: PlacedLeaves = {
    places: new Map(pinned),
    inputs: {},
    outputs: {},
    prologue: [],
    epilogue: [],
    sizes: { gradients: pinned.size > 0 ? layout.words : 0, optimizer: 0, state: 0, exchange: 0 },
  };
  for (const leaf of new Set(all)) {
    if (leaf instanceof Parameter)
      leaves.places.set(leaf, { region: "parameters", offset: layout.offsetOf(leaf) });
    else if (leaf instanceof Stretch) placeStretch(leaves, leaf);
    else if (leaf instanceof State) leaves.places.set(leaf, claim(leaves, "state", leaf.size));
    else placeInput(leaves, leaf, maxSteps);
  }
  for (const [name, tensor] of Object.entries(perStep)) {
    const queue = new Input(`${name} of each step`, [maxSteps, tensor.size]);
    const place = claim(leaves, "exchange", queue.size);
    leaves.places.set(queue, place);
    leaves.epilogue.push({
      kernel: "store",
      inputs: { x: tensor, queue },
      outputs: {},
      numbers: { count: tensor.size },
    });
    leaves.outputs[name] = { ...place, shape: tensor.shape, dtype: tensor.dtype, perStep: true };
  }
  return leaves;
}

/** A stretch lies where it says; its region reaches at least up to its end. */
function placeStretch({ places, sizes }: PlacedLeaves, leaf: Stretch): void {
  const { region, offset, size } = leaf;
  places.set(leaf, { region, offset });
  if (region !== "parameters") sizes[region] = Math.max(sizes[region], offset + size);
}

/** An input lies where it is written to; one with a value for each step is taken out of a queue. */
function placeInput(leaves: PlacedLeaves, leaf: Tensor, maxSteps: number): void {
  invariant(
    leaf instanceof Input,
    `a leaf of shape [${leaf.shape.join(", ")}] is neither parameter nor input`,
  );
  const { name, shape, dtype, perStep, size } = leaf;
  const { below, mayBeNegative, segments } = leaf;
  invariant(!Object.hasOwn(leaves.inputs, name), `two inputs are named ${name}`);
  const place = claim(leaves, "exchange", size);
  leaves.places.set(leaf, place);
  if (!perStep || maxSteps === 1) {
    leaves.inputs[name] = { ...place, shape, dtype, perStep, below, mayBeNegative, segments };
    return;
  }
  const queue = new Input(`${name} of each step`, [maxSteps, size], { dtype });
  const queuePlace = claim(leaves, "exchange", queue.size);
  leaves.places.set(queue, queuePlace);
  leaves.prologue.push({
    kernel: "fetch",
    inputs: { queue },
    outputs: { out: leaf },
    numbers: { count: size },
  });
  leaves.inputs[name] = { ...queuePlace, shape, dtype, perStep, below, mayBeNegative, segments };
}

function claim(leaves: PlacedLeaves, region: "state" | "exchange", words: number): Place {
  const place = { region, offset: leaves.sizes[region] };
  leaves.sizes[region] += aligned(words);
  return place;
}

/** What steps read and none of them makes. */
export function leavesOf(steps: readonly Step[]): Set<Tensor> {
  const leaves = new Set<Tensor>();
  for (const step of steps)
    for (const input of Object.values(step.inputs)) if (!input.node) leaves.add(input);
  return leaves;
}
