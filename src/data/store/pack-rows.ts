/** Which pieces share a row, as far as their lengths go. */
export interface RowPlan {
  readonly rows: number;
  /** Where the slots of each row begin, and the end: `rows + 1` numbers. */
  readonly starts: Uint32Array;
  /** The pieces in the rows, as places in the order by length: each once. */
  readonly slots: Uint32Array;
  /** For each length the place of its first piece in the order by length, up to the longest plus 1. */
  readonly classes: Uint32Array;
  /** Places of rows that hold no piece, as a share of all. */
  readonly padding: number;
}

/**
 * Puts pieces of such lengths into rows of `time` places: a row takes the longest that is left, then again and again the
 * longest that still fits. It is first fit by decreasing length, done with counts of lengths.
 *
 * @param lengths How many pieces there are of each length from 0 to `time`; none of length 0.
 */
export function packRows(lengths: Uint32Array, time: number): RowPlan {
  const classes = new Uint32Array(time + 2);
  for (let length = 0; length <= time; length++) {
    classes[length + 1] = (classes[length] ?? 0) + (lengths[length] ?? 0);
  }
  const pieces = classes[time + 1] ?? 0;
  const slots = new Uint32Array(pieces);
  const starts = new Uint32Array(pieces + 1);
  const next = classes.slice();
  const shorter = new Shorter(lengths, time);
  let [rows, slot, places] = [0, 0, 0];
  while (slot < pieces) {
    let room = time;
    for (let length = shorter.from(room); length > 0; length = shorter.from(room)) {
      const place = next[length] ?? 0;
      slots[slot++] = place;
      next[length] = place + 1;
      if (place + 1 === classes[length + 1]) shorter.remove(length);
      room -= length;
    }
    places += time - room;
    starts[++rows] = slot;
  }
  return { rows, starts: starts.slice(0, rows + 1), slots, classes, padding: 1 - places / (rows * time) };
}

/** The longest length of which pieces are left, not longer than a given one: 0 where there is none. */
class Shorter {
  /** Each length leads to itself, or to a shorter one. */
  readonly #to: Uint32Array;

  constructor(lengths: Uint32Array, time: number) {
    this.#to = Uint32Array.from({ length: time + 1 }, (_, length) =>
      length === 0 || (lengths[length] ?? 0) > 0 ? length : length - 1,
    );
  }

  from(length: number): number {
    const to = this.#to;
    let found = length;
    for (let next = to[found] ?? 0; next !== found; next = to[found] ?? 0) {
      to[found] = to[next] ?? 0; // Shortens the way for the next one who asks.
      found = to[found] ?? 0;
    }
    return found;
  }

  remove(length: number): void {
    this.#to[length] = length - 1;
  }
}
