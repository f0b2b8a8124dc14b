import { present } from "../../base/index.ts";
import { type Automaton, type Node, RETURN } from "./automaton.ts";
import { costsOf } from "./costs.ts";
import { refused } from "./refused.ts";

/** What waits below a place: where to go on when a rule returns, or how often a part was repeated. One object for equal frames. */
interface Frame {
  readonly id: number;
  /** A node: where a call goes on, or a `repeat`. */
  readonly node: number;
  readonly count: number;
  readonly below: Frame | undefined;
  /** The fewest bytes from here to the end of the text. */
  readonly cost: number;
}

/** A place in the automaton with all that waits below it. */
interface Position {
  readonly node: number;
  readonly frame: Frame;
}

/** All positions that a text can have led to; one object for equal ones. */
export interface State {
  readonly positions: readonly Position[];
  /** The text may end here. */
  readonly complete: boolean;
  /** By class of byte: null where it cannot come, undefined where nobody asked yet. */
  readonly next: (State | null | undefined)[];
  /** Of `Matcher.epoch`. */
  readonly epoch: number;
  /** As many tokens are enough to come to the end, the end token among them. */
  readonly cost: number;
  /** Bit `t & 31` of word `t >> 5`: token `t` may come. */
  mask: Uint32Array | undefined;
  /** The largest cost of a state that a token of the mask leads to. */
  dearest: number;
}

/** Of one state: more would be more ways to read one text than any sensible format has. */
const MOST_POSITIONS = 2_000;
/** States that are remembered; then all are forgotten but those in use. */
const MOST_STATES = 4_000;
const MOST_FRAMES = 100_000;

/**
 * Follows a text through an automaton byte by byte, all ways at once: a deterministic automaton, of which each state is made
 * when a text first leads there.
 */
export class Matcher {
  /** Changes when states are forgotten. */
  epoch = 0;
  readonly start: readonly Position[];
  readonly classOf: Uint8Array;
  /** Positions that were walked, for those who bound the work. */
  work = 0;
  readonly #automaton: Automaton;
  readonly #classes: number;
  readonly #costs: Float64Array;
  readonly #first: Frame = { id: 0, node: RETURN, count: 0, below: undefined, cost: 0 };
  readonly #frames: Map<string, Frame> = new Map();
  readonly #states: Map<string, State> = new Map();
  #frameIds = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#costs = costsOf(automaton);
    this.classOf = byteClasses(automaton.nodes);
    this.#classes = Math.max(...this.classOf) + 1;
    this.start = [{ node: automaton.start, frame: this.#first }];
  }

  /** The state at the beginning. */
  begin(): State {
    return this.#stateOf(this.start);
  }

  /** The state after a byte of a class, or null where the byte cannot come. */
  after(state: State, byteClass: number): State | null {
    const known = state.next[byteClass];
    if (known !== undefined) return known;
    const byte = this.classOf.indexOf(byteClass);
    const reached: Position[] = [];
    for (const { node, frame } of state.positions) {
      const { edges } = this.#node(node) as Node & { kind: "bytes" };
      this.work += edges.length;
      for (const { low, high, to } of edges)
        if (byte >= low && byte <= high) reached.push({ node: to, frame });
    }
    const next = reached.length === 0 ? null : this.#stateOf(reached);
    state.next[byteClass] = next;
    return next;
  }

  /** Forgets what is remembered where that is much, and says whether it did. States from before then have another `epoch`: `renew` them. */
  tidy(): boolean {
    if (this.#states.size < MOST_STATES && this.#frames.size < MOST_FRAMES) return false;
    this.#states.clear();
    this.#frames.clear();
    this.epoch++;
    return true;
  }

  /** A state of another epoch in this one. */
  renew(state: State): State {
    if (state.epoch === this.epoch) return state;
    const renewed = new Map<Frame, Frame>([[this.#first, this.#first]]);
    const renewFrame = (frame: Frame): Frame => {
      const chain: Frame[] = [];
      let at = frame;
      for (; !renewed.has(at); at = present(at.below, "a frame")) chain.push(at);
      let below = present(renewed.get(at), "a frame");
      for (const old of chain.reverse()) {
        below = this.#frame(old.node, old.count, below);
        renewed.set(old, below);
      }
      return below;
    };
    const positions = state.positions.map(({ node, frame }) => ({ node, frame: renewFrame(frame) }));
    if (state.complete) positions.push({ node: RETURN, frame: this.#first });
    return this.#stateOf(positions);
  }

  #node(index: number): Node {
    return present(this.#automaton.nodes[index], "a node");
  }

  #frame(node: number, count: number, below: Frame): Frame {
    const key = `${below.id} ${node} ${count}`;
    const known = this.#frames.get(key);
    if (known) return known;
    const cost = this.#costAfter(node, count) + below.cost;
    const frame = { id: ++this.#frameIds, node, count, below, cost };
    this.#frames.set(key, frame);
    return frame;
  }

  /** The bytes that follow when what a frame waits for is done, without those of the frames below. */
  #costAfter(index: number, count: number): number {
    const node = this.#node(index);
    if (node.kind !== "repeat") return this.#costs[index] ?? 0;
    const rounds = Math.max(0, node.least - count - 1);
    return (rounds === 0 ? 0 : rounds * (this.#costs[node.body] ?? 0)) + (this.#costs[node.next] ?? 0);
  }

  /** What positions lead to without a further byte. */
  #stateOf(reached: readonly Position[]): State {
    const found = new Map<number, Position>();
    const open: Position[] = [];
    const add = (node: number, frame: Frame): void => {
      const key = frame.id * this.#automaton.nodes.length + node;
      if (found.has(key)) return;
      if (found.size > 20 * MOST_POSITIONS) throw ambiguous();
      const position = { node, frame };
      found.set(key, position);
      open.push(position);
    };
    for (const { node, frame } of reached) add(node, frame);
    let complete = false;
    for (let position = open.pop(); position; position = open.pop()) {
      this.work++;
      if (position.node === RETURN && position.frame === this.#first) complete = true;
      else this.#expand(position, add);
    }
    const kept = [...found].filter(([, { node }]) => this.#node(node).kind === "bytes");
    if (kept.length > MOST_POSITIONS) throw ambiguous();
    kept.sort(([a], [b]) => a - b);
    return this.#remember(
      kept.map(([, position]) => position),
      complete,
      kept.map(([key]) => key).join() + (complete ? "." : ""),
    );
  }

  #remember(positions: readonly Position[], complete: boolean, key: string): State {
    const known = this.#states.get(key);
    if (known) return known;
    const next = new Array<undefined>(this.#classes).fill(undefined);
    const cost = this.#costOf(positions, complete);
    const state = { positions, complete, next, cost, epoch: this.epoch, mask: undefined, dearest: 0 };
    this.#states.set(key, state);
    return state;
  }

  #costOf(positions: readonly Position[], complete: boolean): number {
    if (complete) return positions.length === 0 ? 0 : 1;
    const bytes = positions.map(({ node, frame }) => (this.#costs[node] ?? 0) + frame.cost);
    return 1 + bytes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }

  /** The positions that follow one without a byte. */
  #expand({ node: index, frame }: Position, add: (node: number, frame: Frame) => void): void {
    const node = this.#node(index);
    if (node.kind === "split") for (const to of node.to) add(to, frame);
    else if (node.kind === "call") {
      // What only returns need not be returned to.
      const within = node.next === RETURN ? frame : this.#frame(node.next, 0, frame);
      add(present(this.#automaton.rules.get(node.rule), node.rule), within);
    } else if (node.kind === "return") add(frame.node, present(frame.below, "a frame"));
    else if (node.kind === "repeat") {
      if (node.least === 0) add(node.next, frame);
      add(node.body, this.#frame(index, 0, frame));
    } else if (node.kind === "again") this.#again(node.repeat, frame, add);
  }

  #again(index: number, frame: Frame, add: (node: number, frame: Frame) => void): void {
    const { body, next, least, most } = this.#node(index) as Node & { kind: "repeat" };
    const below = present(frame.below, "a frame");
    const count = frame.count + 1;
    if (count >= least) add(next, below);
    // Without a limit, what is above the least need not be told apart.
    if (count < most)
      add(
        body,
        this.#frame(index, most === Number.POSITIVE_INFINITY ? Math.min(count, least) : count, below),
      );
  }
}

const ambiguous = (): Error =>
  refused(
    "format can be read in too many ways at once. Repeat parts that cannot match the same text in two ways.",
  );

/** Bytes that no edge tells apart have the same class. */
function byteClasses(nodes: readonly Node[]): Uint8Array {
  const begins = new Set<number>([0]);
  for (const node of nodes) {
    if (node.kind !== "bytes") continue;
    for (const { low, high } of node.edges) begins.add(low).add(high + 1);
  }
  const classes = new Uint8Array(256);
  for (let byte = 1; byte < 256; byte++) classes[byte] = (classes[byte - 1] ?? 0) + Number(begins.has(byte));
  return classes;
}
