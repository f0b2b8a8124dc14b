import { invariant } from "../../base/index.ts";
import type { TokenLane } from "./token-store.ts";

/** Tokens of text in one line, from wherever they lie. */
export class TextPart {
  readonly tokens: number;
  readonly lane: TokenLane;
  /** Where each span begins in this part and in the lane: 16 bytes each. */
  readonly #starts: Float64Array;
  readonly #from: Float64Array;

  /** @param spans Where each span begins and ends in the lane, two numbers each, in order. */
  constructor(lane: TokenLane, spans: readonly number[]) {
    this.lane = lane;
    this.#starts = new Float64Array(spans.length / 2);
    this.#from = new Float64Array(spans.length / 2);
    let tokens = 0;
    for (let span = 0; span < spans.length / 2; span++) {
      const [from = 0, to = 0] = [spans[2 * span], spans[2 * span + 1]];
      this.#starts[span] = tokens;
      this.#from[span] = from;
      tokens += to - from;
    }
    this.tokens = tokens;
  }

  /** Fills `into` with the tokens from place `from` on. */
  read(from: number, into: Int32Array): void {
    invariant(from >= 0 && from + into.length <= this.tokens, `tokens ${from} to ${from + into.length}`);
    let done = 0;
    for (let span = this.#spanOf(from); done < into.length; span++) {
      const place = from + done - (this.#starts[span] ?? 0);
      const end = (this.#starts[span + 1] ?? this.tokens) - (this.#starts[span] ?? 0);
      const count = Math.min(into.length - done, end - place);
      this.lane.read((this.#from[span] ?? 0) + place, into.subarray(done, done + count));
      done += count;
    }
  }

  #spanOf(token: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= token) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
