import { present } from "../../base/index.ts";
import type { Automaton, Node } from "./automaton.ts";

/**
 * For each node the fewest bytes to the end of its rule, or of the body of the `repeat` that it is in. Every byte is one token or part
 * of one, so no more tokens than these bytes are needed.
 */
export function costsOf({ nodes, rules }: Automaton): Float64Array {
  const entryOf = (rule: string): number => present(rules.get(rule), rule);
  const costs = new Float64Array(nodes.length).fill(Number.POSITIVE_INFINITY);
  const cost = (node: number): number => costs[node] ?? Number.POSITIVE_INFINITY;
  const costOf = (node: Node): number => {
    if (node.kind === "bytes") return 1 + least(node.edges.map(({ to }) => cost(to)));
    if (node.kind === "split") return least(node.to.map(cost));
    if (node.kind === "call") return cost(entryOf(node.rule)) + cost(node.next);
    if (node.kind === "repeat")
      return (node.least === 0 ? 0 : node.least * cost(node.body)) + cost(node.next);
    return 0;
  };
  // What became cheaper makes those cheaper that lead to it.
  const before = nodes.map(() => [] as number[]);
  for (const [index, node] of nodes.entries())
    for (const to of successors(node, entryOf)) before[to]?.push(index);
  const open = [...nodes.keys()].filter((index) => costOf(present(nodes[index], "a node")) === 0);
  for (const index of open) {
    const now = costOf(present(nodes[index], "a node"));
    if (now >= cost(index)) continue;
    costs[index] = now;
    open.push(...(before[index] ?? []));
  }
  return costs;
}

const least = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

function successors(node: Node, entryOf: (rule: string) => number): readonly number[] {
  if (node.kind === "bytes") return node.edges.map(({ to }) => to);
  if (node.kind === "split") return node.to;
  if (node.kind === "call") return [entryOf(node.rule), node.next];
  return node.kind === "repeat" ? [node.body, node.next] : [];
}
