import { invariant } from "../base/index.ts";
import { type Node, record, type Tensor } from "./tensor.ts";

/**
 * Reverse-mode differentiation: records the kernels that compute the gradient of `loss [1]` with respect to each of the
 * `wanted` leaves, and returns those gradients, each of its leaf's shape. A leaf that the loss does not depend on is
 * absent. Nothing is computed here, and what no wanted gradient needs is dropped when the program is compiled.
 *
 * @see Baydin et al. 2018, §3.2. https://arxiv.org/abs/1502.05767
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Map<Tensor, Tensor> {
  const nodes = ancestors(loss);
  const dependent = dependents(nodes, wanted);
  const seed = record("fill", {}, { count: loss.size, value: 1 }, { out: loss.shape }).out;
  const gradientOf = new Map<Tensor, Tensor>([[loss, seed]]);
  for (const node of nodes.reverse()) {
    const arrived: Record<string, Tensor> = {};
    for (const [name, output] of Object.entries(node.outputs)) {
      const gradient = dependent.has(output) ? gradientOf.get(output) : undefined;
      if (gradient) arrived[name] = gradient;
    }
    if (Object.keys(arrived).length > 0) propagate(node, arrived, dependent, gradientOf);
  }
  return distinct(wanted, gradientOf);
}

/** Adds to the gradients of a node's inputs what comes through the node. */
function propagate(
  node: Node,
  arrived: Readonly<Record<string, Tensor>>,
  dependent: ReadonlySet<Tensor>,
  gradientOf: Map<Tensor, Tensor>,
): void {
  invariant(node.gradient, `${node.kernel} has no gradient rule`);
  const [main] = Object.keys(node.outputs);
  for (const output of Object.keys(arrived)) {
    invariant(output === main, `${node.kernel} has no gradient rule for its ${output}, only for its ${main}`);
  }
  for (const [name, gradient] of Object.entries(node.gradient(arrived))) {
    const input = node.inputs[name];
    if (!gradient || !input || !dependent.has(input)) continue;
    const sofar = gradientOf.get(input);
    gradientOf.set(input, sofar ? sofar.add(gradient) : gradient);
  }
}

/** The leaves and all that is computed from them. */
function dependents(nodes: readonly Node[], leaves: readonly Tensor[]): Set<Tensor> {
  const found = new Set<Tensor>(leaves);
  for (const node of nodes) {
    if (!Object.values(node.inputs).some((input) => found.has(input))) continue;
    for (const output of Object.values(node.outputs)) found.add(output);
  }
  return found;
}

/** Each leaf with a gradient tensor that is nobody else's, so that each can be put at a place of its own. */
function distinct(leaves: readonly Tensor[], gradientOf: ReadonlyMap<Tensor, Tensor>): Map<Tensor, Tensor> {
  const given = new Set<Tensor>();
  const result = new Map<Tensor, Tensor>();
  for (const leaf of leaves) {
    let gradient = gradientOf.get(leaf);
    if (!gradient) continue;
    if (given.has(gradient) || !gradient.node) {
      gradient = record("copy", { x: gradient }, { count: gradient.size }, { out: gradient.shape }).out;
    }
    given.add(gradient);
    result.set(leaf, gradient);
  }
  return result;
}

/** The nodes that `tensor` is computed from, in the order in which they were recorded. */
function ancestors(tensor: Tensor): Node[] {
  const found = new Set<Node>();
  const open = tensor.node ? [tensor.node] : [];
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of Object.values(node.inputs)) if (input.node) open.push(input.node);
  }
  return [...found].sort((a, b) => a.number - b.number);
}
