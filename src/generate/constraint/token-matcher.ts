import type { Matcher, State } from "./matcher.ts";
import { refused } from "./refused.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Memory of masks for one format. */
const MOST_MASK_BYTES = 8 << 20;
/** Positions that finding one mask may walk; a sensible format's take some thousands. */
const MOST_WORK = 2_000_000;

/** Follows a text token by token. What it computes is kept for all texts of the format. */
export class TokenMatcher {
  readonly #matcher: Matcher;
  readonly #vocabulary: Vocabulary;
  readonly #eos: number;
  readonly #bytesOf: readonly (Uint8Array | undefined)[];
  readonly #path: State[] = [];
  readonly #masks: Set<State> = new Set();

  constructor(matcher: Matcher, vocabulary: Vocabulary, eos: number) {
    this.#matcher = matcher;
    this.#vocabulary = vocabulary;
    this.#eos = eos;
    this.#bytesOf = vocabulary.bytesOfTokens;
  }

  begin(): State {
    return this.#matcher.begin();
  }

  /** The state as it is known now: what was remembered may have been forgotten since. */
  current(state: State): State {
    if (this.#matcher.tidy()) this.#masks.clear();
    return this.#matcher.renew(state);
  }

  /**
   * Which tokens may come in a state; bit `t & 31` of word `t >> 5`. Not to be changed.
   *
   * @param left How many tokens may still come. Those that lead to where no more are enough are left out, if the state's `cost` allows.
   */
  mask(state: State, left: number = Number.POSITIVE_INFINITY): Uint32Array {
    const mask = state.mask ?? this.#keep(state);
    return left > state.dearest ? mask : this.#find(state, left - 1);
  }

  #keep(state: State): Uint32Array {
    const mask = this.#find(state, Number.POSITIVE_INFINITY);
    if ((this.#masks.size + 1) * mask.byteLength > MOST_MASK_BYTES) {
      for (const other of this.#masks) other.mask = undefined;
      this.#masks.clear();
    }
    this.#masks.add(state);
    state.mask = mask;
    return mask;
  }

  /** The state after a token; the same after the end, and null where it cannot come. */
  after(state: State, token: number): State | null {
    if (token === this.#eos) return state.complete ? state : null;
    const bytes = this.#bytesOf[token];
    if (!bytes) return null;
    let at: State | null = this.#matcher.renew(state);
    for (const byte of bytes) at = at && this.#matcher.after(at, this.#matcher.classOf[byte] ?? 0);
    return at;
  }

  /** The tokens to states of such a cost at most. */
  #find(state: State, most: number): Uint32Array {
    const { size, ends, tokens } = this.#vocabulary;
    const mask = new Uint32Array((size + 31) >> 5);
    const allow = (token: number): void => {
      mask[token >> 5] = (mask[token >> 5] ?? 0) | (1 << (token & 31));
    };
    this.#walk(state, (node, { cost }) => {
      if (cost > most || ends[node] === ends[node + 1]) return;
      state.dearest = Math.max(state.dearest, cost);
      const end = ends[node + 1] ?? 0;
      for (let at = ends[node] ?? 0; at < end; at++) allow(tokens[at] ?? 0);
    });
    if (state.complete && this.#eos >= 0 && this.#eos < size) allow(this.#eos);
    return mask;
  }

  /** Calls `reach` for the nodes of the trie whose bytes may follow. */
  #walk(state: State, reach: (node: number, next: State) => void): void {
    const { bytes, depths, skips } = this.#vocabulary;
    const { classOf } = this.#matcher;
    const path = this.#path;
    path[0] = state;
    const limit = this.#matcher.work + MOST_WORK;
    for (let node = 0; node < bytes.length; ) {
      const depth = depths[node] ?? 0;
      const byteClass = classOf[bytes[node] ?? 0] ?? 0;
      const before = path[depth] ?? state;
      const known = before.next[byteClass];
      const next = known === undefined ? this.#matcher.after(before, byteClass) : known;
      if (this.#matcher.work > limit) throw tooMuch();
      if (next) {
        path[depth + 1] = next;
        reach(node++, next);
      } else node = skips[node] ?? bytes.length;
    }
  }
}

const tooMuch = (): Error =>
  refused("format takes too long to follow: it can be read in too many ways. Ask for something simpler.");
