import { invariant } from "../../base/index.ts";
import { LONGEST_PIECE, pieceWord } from "./pieces.ts";
import { bytesPerToken } from "./store-index.ts";

/** Gathers tokens and pieces until they become a shard. */
export class LaneWriter {
  /** Whole ones, and the one that is open. */
  documents: number;
  /** A document was begun and may go on. */
  open: boolean;
  readonly #width: number;
  #bytes: Uint8Array = new Uint8Array(1 << 16);
  #used = 0;
  #words: Uint32Array = new Uint32Array(1 << 10);
  #pieces = 0;
  /** Tokens in the shard, and those of the piece that is not ended. */
  #tokens = 0;
  #length = 0;
  #begins = false;

  constructor(vocabulary: number, { documents, open }: { documents: number; open: boolean }) {
    this.#width = bytesPerToken(vocabulary);
    this.documents = documents;
    this.open = open;
  }

  /** Bytes that the shard has so far. */
  get size(): number {
    return this.#used + 4 * this.#pieces;
  }

  /** What follows is another document. */
  beginDocument(): void {
    this.endPiece();
    this.documents++;
    this.#begins = true;
  }

  add(ids: ArrayLike<number>): void {
    if (this.#length + ids.length > LONGEST_PIECE) this.endPiece();
    invariant(ids.length <= LONGEST_PIECE, "a text of 2^31 tokens at once");
    const needed = this.#used + ids.length * this.#width;
    if (needed > this.#bytes.length) this.#bytes = grown(this.#bytes, needed);
    if (this.#width === 1) put8(this.#bytes, this.#used, ids);
    else if (this.#width === 2) put16(this.#bytes, this.#used, ids);
    else put32(this.#bytes, this.#used, ids);
    this.#used = needed;
    this.#length += ids.length;
    this.#tokens += ids.length;
  }

  endPiece(): void {
    if (this.#length === 0) return;
    if (this.#pieces === this.#words.length) {
      const words = new Uint32Array(2 * this.#pieces);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[this.#pieces++] = pieceWord(this.#length, this.#begins);
    this.#length = 0;
    this.#begins = false;
  }

  /** The bytes of a shard; what follows goes into the next one. `undefined` where there is nothing. */
  take(): { bytes: Uint8Array<ArrayBuffer>; tokens: number; pieces: number } | undefined {
    this.endPiece();
    if (this.#tokens === 0) return undefined;
    const bytes = new Uint8Array(this.size);
    for (let piece = 0; piece < this.#pieces; piece++) {
      put32(bytes, 4 * piece, [this.#words[piece] ?? 0]);
    }
    bytes.set(this.#bytes.subarray(0, this.#used), 4 * this.#pieces);
    const shard = { bytes, tokens: this.#tokens, pieces: this.#pieces };
    this.#used = this.#pieces = this.#tokens = 0;
    return shard;
  }
}

function grown(bytes: Uint8Array, needed: number): Uint8Array {
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

function put8(bytes: Uint8Array, at: number, ids: ArrayLike<number>): void {
  for (let i = 0; i < ids.length; i++) bytes[at + i] = ids[i] ?? 0;
}

function put16(bytes: Uint8Array, at: number, ids: ArrayLike<number>): void {
  for (let i = 0, to = at; i < ids.length; i++, to += 2) {
    const id = ids[i] ?? 0;
    bytes[to] = id;
    bytes[to + 1] = id >>> 8;
  }
}

function put32(bytes: Uint8Array, at: number, ids: ArrayLike<number>): void {
  for (let i = 0, to = at; i < ids.length; i++, to += 4) {
    const id = ids[i] ?? 0;
    bytes[to] = id;
    bytes[to + 1] = id >>> 8;
    bytes[to + 2] = id >>> 16;
    bytes[to + 3] = id >>> 24;
  }
}
