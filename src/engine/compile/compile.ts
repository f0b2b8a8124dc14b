import { invariant, present } from "../../base/index.ts";
import type { ParameterLayout } from "../layout.ts";
import type { Program } from "../program.ts";
import { type Input, type Node, Parameter, Stretch, type Tensor } from "../tensor.ts";
import { encode } from "./encode.ts";
import { dropUnread, fuseAdditions } from "./fuse.ts";
import { leavesOf, placeLeaves } from "./leaves.ts";
import { type Place, planMemory } from "./plan.ts";
import { schedule } from "./schedule.ts";
import type { Step } from "./step.ts";

export type Precision = "f32" | "bf16";

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
  /** Inputs that can be written even where nothing reads them. @default [] */
  readonly inputs?: readonly Input[];
  /**
   * With "bf16" products of matrices round their numbers to bfloat16 and sum in f32; all else is f32. Products with a side
   * of fewer than 32 stay as they are.
   *
   * @default "f32"
   */
  readonly precision?: Precision;
  /** The most steps that one run may take; each `perStep` input has this many places. @default 1 */
  readonly steps?: number;
}

/**
 * Turns recorded tensors into a program: drops what nothing needs, fuses neighbours, plans memory and writes
 * instructions. Shapes are fixed from here on.
 */
export function compile(options: CompileOptions): Program {
  const { layout, outputs, perStep = {}, effects = [], steps: maxSteps = 1 } = options;
  const pinned = pinGradients(layout, options.gradients ?? new Map());
  const kept = new Set([...Object.values(outputs), ...Object.values(perStep), ...pinned.keys()]);
  const fused = dropUnread(fuseAdditions(schedule(kept, effects), kept), kept);
  checkOrder(fused, pinned);
  const body = options.precision === "bf16" ? fused.map(inBf16) : fused;
  const leaves = placeLeaves(
    [...leavesOf(body), ...(options.inputs ?? [])],
    pinned,
    layout,
    perStep,
    maxSteps,
  );
  const steps = [...leaves.prologue, ...body, ...leaves.epilogue];
  const plan = planMemory(steps, leaves.places, kept);
  const results = Object.entries(outputs).map(([name, tensor]) => {
    const place = present(plan.places.get(tensor), `the place of output ${name}`);
    return [name, { ...place, shape: tensor.shape, dtype: tensor.dtype, perStep: false }] as const;
  });
  return {
    ...encode(steps, plan.places),
    regions: { parameters: layout.words, ...leaves.sizes, activations: plan.words },
    layout,
    inputs: leaves.inputs,
    outputs: { ...Object.fromEntries(results), ...leaves.outputs },
    steps: maxSteps,
  };
}

/** From so many rows, columns and depth on, rounding costs less than it gains. */
const WORTH_ROUNDING = 32;

function inBf16(step: Step): Step {
  const { rows = 0, columns = 0, depth = 0 } = step.numbers;
  if (step.kernel !== "matmul" || Math.min(rows, columns, depth) < WORTH_ROUNDING) return step;
  return { ...step, numbers: { ...step.numbers, bf16: 1 } };
}

/** Steps run as they were recorded: whoever reads gradients at their places must have been recorded after them. */
function checkOrder(steps: readonly Step[], pinned: ReadonlyMap<Tensor, Place>): void {
  const reader = steps.findIndex(({ inputs }) =>
    Object.values(inputs).some((input) => input instanceof Stretch && input.region === "gradients"),
  );
  const maker = steps.findLastIndex(({ outputs }) =>
    Object.values(outputs).some((output) => pinned.has(output)),
  );
  invariant(
    reader < 0 || maker < reader,
    "a gradient is computed after it was read: record all gradients before the optimizer",
  );
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
