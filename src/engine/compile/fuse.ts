import { type Instruction, instructions } from "../kernels/instructions.ts";
import type { Tensor } from "../tensor.ts";
import type { Step } from "./step.ts";

/**
 * Folds `x + kernel(...)` into the kernel where it can add to its result: residual connections and sums of gradients
 * then cost no pass of their own. A tensor in `kept` must exist by itself and is never folded away.
 */
export function fuseAdditions(steps: readonly Step[], kept: ReadonlySet<Tensor>): Step[] {
  const uses = countUses(steps);
  const fused: (Step | undefined)[] = [];
  const madeAt = new Map<Tensor, number>();
  const foldable = (tensor: Tensor, other: Tensor): number | undefined => {
    const place = madeAt.get(tensor);
    const step = place === undefined ? undefined : fused[place];
    if (place === undefined || !step || kept.has(tensor) || uses.get(tensor) !== 1) return undefined;
    const spec: Instruction = instructions[step.kernel];
    const adds = spec.adds !== undefined && step.outputs[spec.adds] === tensor && !step.inputs["addend"];
    return adds && (madeAt.get(other) ?? -1) < place ? place : undefined;
  };
  for (const step of steps) {
    const { x, y } = step.inputs;
    if (step.kernel === "add" && x && y) {
      const [place, addend] = foldable(x, y) !== undefined ? [foldable(x, y), y] : [foldable(y, x), x];
      const producer = place === undefined ? undefined : fused[place];
      const out = step.outputs["out"];
      if (place !== undefined && producer && out) {
        const spec: Instruction = instructions[producer.kernel];
        fused[place] = {
          ...producer,
          inputs: { ...producer.inputs, addend },
          outputs: { ...producer.outputs, [spec.adds ?? ""]: out },
        };
        madeAt.set(out, place);
        continue;
      }
    }
    for (const output of Object.values(step.outputs)) madeAt.set(output, fused.length);
    fused.push(step);
  }
  return fused.filter((step) => step !== undefined);
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
