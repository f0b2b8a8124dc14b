import { present } from "../../base/index.ts";
import type { Expression } from "./expression.ts";
import type { Grammar } from "./grammar.ts";
import { refused } from "./refused.ts";
import { type ByteSequence, utf8Ranges } from "./utf8-ranges.ts";

/** From a byte in a range to the next node. */
export interface Edge {
  readonly low: number;
  readonly high: number;
  readonly to: number;
}

/** A place in a grammar. Others are named by their index. */
export type Node =
  | { readonly kind: "bytes"; readonly edges: readonly Edge[] }
  | { readonly kind: "split"; readonly to: readonly number[] }
  /** Goes through a rule, and on at `next`. */
  | { readonly kind: "call"; readonly rule: string; readonly next: number }
  /** The end of a rule, or of the whole text. */
  | { readonly kind: "return" }
  | {
      readonly kind: "repeat";
      readonly body: number;
      readonly next: number;
      readonly least: number;
      readonly most: number;
    }
  /** The end of the body of a `repeat`. */
  | { readonly kind: "again"; readonly repeat: number };

/** What a matcher runs: a network of nodes that calls rules. Every node leads to the end. */
export interface Automaton {
  readonly nodes: readonly Node[];
  readonly start: number;
  readonly rules: ReadonlyMap<string, number>;
}

/** The node of the kind `return`. */
export const RETURN = 0;
const MOST_NODES = 25_000;

/** @throws {ParrotletError} `generation-config`, where it would be too large. */
export function automatonOf({ start, rules }: Grammar): Automaton {
  const builder = new Builder();
  const entries = new Map<string, number>();
  const entry = builder.build(start, RETURN);
  for (const [name, expression] of rules) entries.set(name, builder.build(expression, RETURN));
  return { nodes: builder.nodes, start: entry, rules: entries };
}

/** Builds from the end to the beginning: what follows is there already. */
class Builder {
  readonly nodes: Node[] = [{ kind: "return" }];
  readonly #built: Map<Expression, Map<number, number>> = new Map();
  readonly #bytes: Map<string, number> = new Map();

  /** Where an expression begins that `next` follows. The same expression and next are built once. */
  build(expression: Expression, next: number): number {
    const known = this.#built.get(expression) ?? new Map<number, number>();
    this.#built.set(expression, known);
    const before = known.get(next);
    if (before !== undefined) return before;
    const at = this.#make(expression, next);
    known.set(next, at);
    return at;
  }

  #make(expression: Expression, next: number): number {
    if (expression.kind === "characters") return this.#sequences(utf8Ranges(expression.set), next);
    if (expression.kind === "rule") return this.#add({ kind: "call", rule: expression.name, next });
    if (expression.kind === "sequence")
      return expression.parts.reduceRight((after, part) => this.build(part, after), next);
    if (expression.kind === "choice") {
      const to = expression.parts.map((part) => this.build(part, next));
      return this.#add({ kind: "split", to });
    }
    const { part, least, most } = expression;
    if (least <= 1 && most === Number.POSITIVE_INFINITY) {
      const loop = this.#add({ kind: "split", to: [] });
      const body = this.build(part, loop);
      this.nodes[loop] = { kind: "split", to: [body, next] };
      return least === 0 ? loop : body;
    }
    const loop = this.#add({ kind: "return" });
    const body = this.build(part, this.#add({ kind: "again", repeat: loop }));
    this.nodes[loop] = { kind: "repeat", body, next, least, most };
    return loop;
  }

  #sequences(sequences: readonly ByteSequence[], next: number): number {
    const groups = new Map<number, { low: number; high: number; rests: ByteSequence[] }>();
    for (const [first, ...rest] of sequences) {
      const [low, high] = present(first, "a byte");
      const group = groups.get(low) ?? { low, high, rests: [] };
      groups.set(low, group);
      if (rest.length > 0) group.rests.push(rest);
    }
    const edges = Array.from(groups.values(), ({ low, high, rests }) => ({
      low,
      high,
      to: rests.length === 0 ? next : this.#sequences(rests, next),
    }));
    const key = edges.map(({ low, high, to }) => `${low} ${high} ${to}`).join();
    const before = this.#bytes.get(key);
    if (before !== undefined) return before;
    const at = this.#add({ kind: "bytes", edges });
    this.#bytes.set(key, at);
    return at;
  }

  #add(node: Node): number {
    if (this.nodes.length >= MOST_NODES)
      throw refused(`format is too large: it has more than ${MOST_NODES} places. Ask for something simpler.`);
    return this.nodes.push(node) - 1;
  }
}
