import { invariant } from "../../base/index.ts";
import { aligned, type ParameterLayout } from "../layout.ts";
import type { Program, RegionName, Slot } from "../program.ts";
import { Input, type Node, Parameter, record, State, Stretch, type Tensor } from "../tensor.ts";
import { encode } from "./encode.ts";
import { dropUnread, fuseAdditions } from "./fuse.ts";
import { type Place, planMemory } from "./plan.ts";
import { schedule } from "./schedule.ts";
import type { Step } from "./step.ts";

export interface CompileOptions {
  readonly layout: ParameterLayout;
  /** Tensors to be read by name after a run: their value in the run's last step. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Tensors of which a run keeps the value of each step. @default {} */
  readonly perStep?: Readonly<Record<string, Tensor>>;
  /** Gradients to be put at their parameters' places in the gradient region. @default none */
  readonly gradients?: ReadonlyMap<Tensor, Tensor>;
  /** Kernels that are run for what they change: an optimizer's. @default [] */
  readonly effects?: readonly Node[];
  /** The words of the optimizer's region: its moments. @default 0 */
  readonly optimizerWords?: number;
  /** The most steps that one run may take; each `perStep` input has this many places. @default 1 */
  readonly steps?: number;
}

/**
 * Turns recorded tensors into a program: drops what nothing needs, fuses neighbours, plans memory and writes
 * instructions. Shapes are fixed from here on.
 */
export function compile(options: CompileOptions): Program {
  const { layout, outputs, perStep = {}, effects = [], steps: maxSteps = 1, optimizerWords = 0 } = options;
  const pinned = pinGradients(layout, options.gradients ?? new Map());
  const kept = new Set([...Object.values(outputs), ...Object.values(perStep), ...pinned.keys()]);
  const body = dropUnread(fuseAdditions(schedule(kept, effects), kept), kept);

  const sizes: Record<RegionName, number> = {
    parameters: layout.words,
    gradients: pinned.size > 0 ? layout.words : 0,
    optimizer: optimizerWords,
    state: 0,
    exchange: 0,
    activations: 0,
  };
  const claim = (region: "state" | "exchange", words: number): Place => {
    const place = { region, offset: sizes[region] };
    sizes[region] += aligned(words);
    return place;
  };

  const places = new Map<Tensor, Place>(pinned);
  const inputs: Record<string, Slot> = {};
  const prologue: Step[] = [];
  for (const leaf of leavesOf(body)) {
    if (leaf instanceof Parameter) places.set(leaf, { region: "parameters", offset: layout.offsetOf(leaf) });
    else if (leaf instanceof Stretch) places.set(leaf, leaf);
    else if (leaf instanceof State) places.set(leaf, claim("state", leaf.size));
    else {
      invariant(
        leaf instanceof Input,
        `a leaf of shape [${leaf.shape.join(", ")}] is neither parameter nor input`,
      );
      invariant(!inputs[leaf.name], `two inputs are named ${leaf.name}`);
      const queued = leaf.perStep && maxSteps > 1;
      const place = claim("exchange", leaf.size);
      places.set(leaf, place);
      const { shape, dtype, perStep: streamed, below } = leaf;
      const at = queued ? queue(leaf, maxSteps, claim, places, prologue) : place;
      inputs[leaf.name] = { ...at, shape, dtype, perStep: streamed, below };
    }
  }

  const slots: Record<string, Slot> = {};
  const epilogue: Step[] = [];
  for (const [name, tensor] of Object.entries(perStep)) {
    const store = new Input(`${name} of each step`, [maxSteps, tensor.size]);
    const place = claim("exchange", store.size);
    places.set(store, place);
    epilogue.push(record("store", { x: tensor, queue: store }, { count: tensor.size }, {}).node);
    slots[name] = { ...place, shape: tensor.shape, dtype: tensor.dtype, perStep: true };
  }

  const steps = [...prologue, ...body, ...epilogue];
  const plan = planMemory(steps, places, kept);
  sizes.activations = plan.words;
  for (const [name, tensor] of Object.entries(outputs)) {
    const place = plan.places.get(tensor);
    invariant(place, `output ${name} has no place`);
    slots[name] = { ...place, shape: tensor.shape, dtype: tensor.dtype, perStep: false };
  }
  return { ...encode(steps, plan.places), regions: sizes, layout, inputs, outputs: slots, steps: maxSteps };
}

/** A place for every step's value of `leaf`, and the kernel that takes this step's out of it. */
function queue(
  leaf: Input,
  maxSteps: number,
  claim: (region: "exchange", words: number) => Place,
  places: Map<Tensor, Place>,
  prologue: Step[],
): Place {
  const all = new Input(`${leaf.name} of each step`, [maxSteps, leaf.size], { dtype: leaf.dtype });
  const place = claim("exchange", all.size);
  places.set(all, place);
  prologue.push({
    kernel: "fetch",
    inputs: { queue: all },
    outputs: { out: leaf },
    numbers: { count: leaf.size },
  });
  return place;
}

/** The places of gradients, which are those of their parameters. */
function pinGradients(layout: ParameterLayout, gradients: ReadonlyMap<Tensor, Tensor>): Map<Tensor, Place> {
  const pinned = new Map<Tensor, Place>();
  for (const [parameter, gradient] of gradients) {
    invariant(parameter instanceof Parameter, "only parameters have a place for their gradient");
    invariant(
      gradient.node && !pinned.has(gradient),
      `the gradient of ${parameter.name} is not its own tensor`,
    );
    pinned.set(gradient, { region: "gradients", offset: layout.offsetOf(parameter) });
  }
  return pinned;
}

function leavesOf(steps: readonly Step[]): Set<Tensor> {
  const leaves = new Set<Tensor>();
  for (const step of steps)
    for (const input of Object.values(step.inputs)) if (!input.node) leaves.add(input);
  return leaves;
}
