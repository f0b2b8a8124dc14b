import type { Node, Tensor } from "../tensor.ts";
import type { Step } from "./step.ts";

/** The kernel calls that `tensors` and `effects` need, in the order in which they were recorded; all others are dead. */
export function schedule(tensors: Iterable<Tensor>, effects: Iterable<Node>): Step[] {
  const needed = new Set<Node>();
  const open = [...effects];
  for (const tensor of tensors) if (tensor.node) open.push(tensor.node);
  for (let node = open.pop(); node; node = open.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    for (const input of Object.values(node.inputs)) if (input.node) open.push(input.node);
  }
  return [...needed].sort((a, b) => a.number - b.number);
}
