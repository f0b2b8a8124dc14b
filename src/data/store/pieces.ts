/** Bits of a piece's word: its length, and whether a document begins with it. */
export const pieceWord = (length: number, begins: boolean): number => length * 2 + Number(begins);
/** Tokens; longer texts are several pieces. */
export const LONGEST_PIECE: number = 2 ** 31 - 1;

/** Starts are kept for each so many pieces; those between are added up. */
const STRIDE = 64;

/** Where the pieces of a lane lie: a little over 4 bytes each. A document is one piece or several that follow each other. */
export class Pieces {
  readonly count: number;
  readonly #words: Uint32Array;
  readonly #starts: Float64Array;

  constructor(words: Uint32Array) {
    this.#words = words;
    this.count = words.length;
    this.#starts = new Float64Array(Math.ceil(words.length / STRIDE));
    let start = 0;
    for (let piece = 0; piece < words.length; piece++) {
      if (piece % STRIDE === 0) this.#starts[piece / STRIDE] = start;
      start += this.length(piece);
    }
  }

  /** Tokens. */
  length(piece: number): number {
    return (this.#words[piece] ?? 0) >>> 1;
  }

  beginsDocument(piece: number): boolean {
    return ((this.#words[piece] ?? 0) & 1) === 1;
  }

  /** The place of its first token in the lane. */
  start(piece: number): number {
    const from = piece - (piece % STRIDE);
    let start = this.#starts[from / STRIDE] ?? 0;
    for (let before = from; before < piece; before++) start += this.length(before);
    return start;
  }
}
