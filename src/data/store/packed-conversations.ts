import { ParrotletError } from "../../base/index.ts";
import type { LossOn } from "../pair-batches.ts";
import { packRows, type RowPlan } from "./pack-rows.ts";
import { Permutation } from "./permutation.ts";
import type { RowSource, Rows, RowsInOrder } from "./rows.ts";
import type { ConversationPart } from "./split.ts";
import type { StoreSpecial } from "./store-index.ts";
import { PIECE_ORDER, ROW_ORDER } from "./streams.ts";
import type { TokenLane } from "./token-store.ts";

export interface PackedConversationsOptions {
  /** Tokens of a row: the store's context window, or more. */
  readonly time: number;
  readonly seed: number;
  readonly lossOn: LossOn;
}

/**
 * Conversations side by side in rows, without seeing each other: each is a segment of its own, and what is left of a row is
 * one more, of padding that does not count.
 *
 * Which lengths share a row is planned once, for all epochs; which conversations of these lengths meet there, and when the
 * row comes, each epoch draws anew. So every epoch has the same number of rows, every conversation comes once in
 * each, and any row of any epoch is found by itself. About 12 bytes a piece.
 *
 * @throws {ParrotletError} `data-too-long` where a piece does not fit into a row.
 */
export class PackedConversations implements RowSource, RowsInOrder {
  readonly time: number;
  readonly rows: number;
  readonly rowsInOrder: number;
  /** Places that hold no conversation, as a share of all. */
  readonly padding: number;
  readonly #lane: TokenLane;
  readonly #special: StoreSpecial;
  readonly #seed: number;
  readonly #lossOn: LossOn;
  readonly #plan: RowPlan;
  /** The numbers of the pieces, by length. */
  readonly #pieces: Uint32Array;
  readonly #piece: Int32Array;
  #epoch = -1;
  #rowOrder: Permutation | undefined;
  readonly #pieceOrders = new Map<number, Permutation>();

  constructor({ lane, pieces }: ConversationPart, { time, seed, lossOn }: PackedConversationsOptions) {
    this.time = time;
    this.#lane = lane;
    this.#special = lane.index.special;
    this.#seed = seed;
    this.#lossOn = lossOn;
    // The last token of a piece is only a target.
    const places = (piece: number): number => lane.pieces.length(piece) - 1;
    const lengths = new Uint32Array(time + 1);
    for (const piece of pieces) {
      const length = places(piece);
      if (length > time) throw tooLong(length, time);
      if (length > 0) lengths[length] = (lengths[length] ?? 0) + 1;
    }
    this.#plan = packRows(lengths, time);
    this.#pieces = new Uint32Array(this.#plan.slots.length);
    const next = this.#plan.classes.slice();
    for (const piece of pieces) {
      const length = places(piece);
      if (length === 0) continue;
      const place = next[length] ?? 0;
      this.#pieces[place] = piece;
      next[length] = place + 1;
    }
    this.#piece = new Int32Array(time + 1);
    this.rows = this.rowsInOrder = this.#plan.rows;
    this.padding = this.#plan.padding;
  }

  fillRow(place: number, into: Rows, at: number): void {
    const epoch = Math.floor(place / this.rows);
    if (epoch !== this.#epoch || !this.#rowOrder) {
      this.#epoch = epoch;
      this.#rowOrder = new Permutation(this.rows, this.#seed, ROW_ORDER, epoch);
      this.#pieceOrders.clear();
    }
    this.#fill(this.#rowOrder.at(place % this.rows), into, at, (length, place) => {
      const first = this.#plan.classes[length] ?? 0;
      return first + this.#pieceOrder(length).at(place - first);
    });
  }

  /** As they are planned: rows of long conversations first. */
  fillInOrder(row: number, into: Rows, at: number): void {
    this.#fill(row, into, at, (_, place) => place);
  }

  #fill(row: number, into: Rows, at: number, order: (length: number, place: number) => number): void {
    const { starts, slots } = this.#plan;
    let used = 0;
    for (let slot = starts[row] ?? 0; slot < (starts[row + 1] ?? 0); slot++) {
      const place = slots[slot] ?? 0;
      const length = this.#lane.pieces.length(this.#pieces[place] ?? 0) - 1;
      this.#put(this.#pieces[order(length, place)] ?? 0, length, into, at, used);
      used += length;
    }
    into.ids.fill(this.#special.pad, at + used, at + this.time);
    into.targets.fill(-1, at + used, at + this.time);
    into.segments?.fill(used, at + used, at + this.time);
  }

  #put(piece: number, length: number, { ids, targets, segments }: Rows, at: number, used: number): void {
    const tokens = this.#piece.subarray(0, length + 1);
    this.#lane.read(this.#lane.pieces.start(piece), tokens);
    const from = at + used;
    ids.set(tokens.subarray(0, length), from);
    targets.set(tokens.subarray(1), from);
    segments?.fill(used, from, from + length);
    if (this.#lossOn === "answers-only") keepAnswers(tokens, targets, from, this.#special);
  }

  /** The order of the pieces of one length in this epoch. */
  #pieceOrder(length: number): Permutation {
    let order = this.#pieceOrders.get(length);
    if (!order) {
      const { classes } = this.#plan;
      const count = (classes[length + 1] ?? 0) - (classes[length] ?? 0);
      order = new Permutation(count, this.#seed, PIECE_ORDER + 65536 * length, this.#epoch);
      this.#pieceOrders.set(length, order);
    }
    return order;
  }
}

/** Only what the assistant says counts: from behind the token before it to `<eos>`, which text can never be. */
function keepAnswers(
  tokens: Int32Array,
  targets: Int32Array,
  at: number,
  { answer, eos }: StoreSpecial,
): void {
  let answers = false;
  for (let t = 0; t < tokens.length - 1; t++) {
    if (tokens[t] === answer) answers = true;
    else if (tokens[t] === eos) answers = false;
    if (!answers) targets[at + t] = -1;
  }
}

const tooLong = (length: number, time: number): ParrotletError =>
  new ParrotletError(
    "data-too-long",
    `A conversation takes ${length} tokens, and rows have ${time}: the data were cut for a larger context window. ` +
      "Read them again for this one.",
  );
