import { type Instruction, instructions } from "../kernels/instructions.ts";
import type { Tensor } from "../tensor.ts";
import type { Step } from "./step.ts";

/**
 * Folds `x + kernel(...)` into the kernel where it can add to its result: residual connections and sums of gradients
 * then cost no pass of their own. A tensor in `kept` must exist by itself and is never folded away.
 */
export function fuseAdditions(steps: readonly Step[], kept: ReadonlySet<Tensor>): Step[] {
  const uses = countUses(steps);
  const fused: Step[] = [];
  const madeAt = new Map<Tensor, number>();
  /** Where `tensor` is made, if the other summand is there by then and can be added on the spot. */
  const placeToAdd = (tensor: Tensor, other: Tensor): number | undefined => {
    const place = madeAt.get(tensor);
    const step = place === undefined ? undefined : fused[place];
    if (place === undefined || !step || kept.has(tensor) || uses.get(tensor) !== 1) return undefined;
    const adds = addsTo(step) === tensor && !step.inputs["addend"];
    return adds && (madeAt.get(other) ?? -1) < place ? place : undefined;
  };
  for (const step of steps) {
    const { x, y } = step.inputs;
    if (step.kernel === "add" && x && y) {
      const [place, addend] = placeToAdd(x, y) === undefined ? [placeToAdd(y, x), x] : [placeToAdd(x, y), y];
      if (place !== undefined) {
        const out = step.outputs["out"]!;
        fused[place] = withAddend(fused[place]!, addend, out);
        madeAt.set(out, place);
        continue;
      }
    }
    for (const output of Object.values(step.outputs)) madeAt.set(output, fused.length);
    fused.push(step);
  }
  return fused;
}

/** The output that a kernel can add something to. */
function addsTo({ kernel, outputs }: Step): Tensor | undefined {
  const { adds }: Instruction = instructions[kernel];
  return adds === undefined ? undefined : outputs[adds];
}

/** The step with `addend` added to its result, which is now `out`. */
function withAddend(step: Step, addend: Tensor, out: Tensor): Step {
  const { adds = "" }: Instruction = instructions[step.kernel];
  return { ...step, inputs: { ...step.inputs, addend }, outputs: { ...step.outputs, [adds]: out } };
}

/** How many times each tensor is read. */
export function countUses(steps: readonly Step[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const step of steps) {
    for (const input of Object.values(step.inputs)) uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  return uses;
}

/** Drops the outputs that a kernel may leave out and that nothing reads. */
export function dropUnread(steps: readonly Step[], kept: ReadonlySet<Tensor>): Step[] {
  const uses = countUses(steps);
  return steps.map((step) => {
    const spec: Instruction = instructions[step.kernel];
    const outputs = Object.entries(step.outputs).filter(
      ([name, tensor]) => !(`${name}?` in spec.outputs) || uses.has(tensor) || kept.has(tensor),
    );
    return { ...step, outputs: Object.fromEntries(outputs) };
  });
}
