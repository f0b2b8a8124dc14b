import { decodeText, invariant, present } from "../../base/index.ts";
import { Pieces } from "./pieces.ts";
import type { StoreFiles } from "./store-files.ts";
import {
  bytesPerToken,
  damaged,
  INDEX_FILE,
  type LaneKind,
  parseStoreIndex,
  type StoreIndex,
  shardName,
  shardSize,
} from "./store-index.ts";

/** Bytes: of hundreds of thousands of shards. */
const LARGEST_INDEX = 1 << 26;

/** Tokens that lie in a store. */
export interface TokenStore {
  readonly index: StoreIndex;
  /** Documents one after the other; `undefined` where there are none. */
  readonly text: TokenLane | undefined;
  readonly conversation: TokenLane | undefined;
  close(): void;
}

/**
 * Opens what `buildTokenStore` wrote. Only the index and the places of the pieces are held in memory.
 *
 * @throws {ParrotletError} `token-store-damaged` where something is missing, cut, or lies about its size.
 */
export function openTokenStore(files: StoreFiles): TokenStore {
  const size = files.size(INDEX_FILE);
  if (size === undefined) throw damaged(files.describe(INDEX_FILE), "the file is not there.");
  if (size > LARGEST_INDEX) throw damaged(files.describe(INDEX_FILE), `it has ${size} bytes.`);
  const bytes = new Uint8Array(size);
  files.read(INDEX_FILE, 0, bytes);
  const index = parseStoreIndex(decodeText(bytes), files.describe(INDEX_FILE));
  if (!index.complete) throw damaged(files.describe(INDEX_FILE), "the store was never finished.");
  return {
    index,
    text: openLane(files, index, "text"),
    conversation: openLane(files, index, "conversation"),
    close: () => files.close(),
  };
}

/** Where the tokens of a shard lie. */
interface Shard {
  readonly file: string;
  /** The bytes before its first token. */
  readonly header: number;
  /** The place of its first token in the lane, and of the first one after it. */
  readonly from: number;
  readonly to: number;
}

function openLane(files: StoreFiles, index: StoreIndex, kind: LaneKind): TokenLane | undefined {
  const { shards: records, documents, open } = index.lanes[kind];
  if (records.length === 0) return undefined;
  const shards: Shard[] = [];
  let [from, pieces] = [0, 0];
  for (const [number, record] of records.entries()) {
    const file = shardName(kind, number);
    const [size, wanted] = [files.size(file), shardSize(record, index.vocabulary)];
    if (size !== wanted)
      throw damaged(files.describe(file), `it has ${size ?? "no"} bytes, where ${wanted} are wanted.`);
    shards.push({ file, header: 4 * record.pieces, from, to: from + record.tokens });
    from += record.tokens;
    pieces += record.pieces;
  }
  // Each piece has four bytes in a file that is as long as that, so this is not more than the disk holds.
  const words = new Uint32Array(pieces);
  let at = 0;
  for (const shard of shards) at = readPieces(files, shard, words, at);
  const found = new Pieces(words);
  let begun = 0;
  for (let piece = 0; piece < found.count; piece++) begun += Number(found.beginsDocument(piece));
  if (begun !== documents || open || !found.beginsDocument(0)) {
    const problem = `it speaks of ${documents} documents, and the shards hold ${begun}.`;
    throw damaged(files.describe(INDEX_FILE), problem);
  }
  return new TokenLane(files, index, kind, shards, found);
}

/** Reads the words of a shard's pieces to `at`, and returns where the next ones go. */
function readPieces(
  files: StoreFiles,
  { file, header, from, to }: Shard,
  words: Uint32Array,
  at: number,
): number {
  const bytes = new Uint8Array(header);
  files.read(file, 0, bytes);
  const view = new DataView(bytes.buffer);
  let tokens = 0;
  for (let piece = 0; piece < header / 4; piece++) {
    const word = view.getUint32(4 * piece, true);
    words[at + piece] = word;
    tokens += word >>> 1;
  }
  if (tokens !== to - from)
    throw damaged(files.describe(file), `its pieces have ${tokens} tokens, where ${to - from} are wanted.`);
  return at + header / 4;
}

/** All texts, or all conversations, of a store: tokens in one line, cut into pieces. */
export class TokenLane {
  readonly kind: LaneKind;
  readonly tokens: number;
  readonly documents: number;
  readonly pieces: Pieces;
  /** Of the store. */
  readonly index: StoreIndex;
  readonly #files: StoreFiles;
  readonly #shards: readonly Shard[];
  readonly #width: number;
  #bytes: Uint8Array = new Uint8Array(1 << 12);

  constructor(
    files: StoreFiles,
    index: StoreIndex,
    kind: LaneKind,
    shards: readonly Shard[],
    pieces: Pieces,
  ) {
    this.kind = kind;
    this.index = index;
    this.pieces = pieces;
    this.documents = index.lanes[kind].documents;
    this.tokens = shards.at(-1)?.to ?? 0;
    this.#files = files;
    this.#shards = shards;
    this.#width = bytesPerToken(index.vocabulary);
  }

  /**
   * Fills `into` with the tokens from place `from` on.
   *
   * @throws {ParrotletError} `token-store-damaged` where a file was cut since, or a token is none of the vocabulary.
   */
  read(from: number, into: Int32Array): void {
    invariant(from >= 0 && from + into.length <= this.tokens, `tokens ${from} to ${from + into.length}`);
    let done = 0;
    for (let number = this.#shardOf(from); done < into.length; number++) {
      const shard = present(this.#shards[number], "a shard");
      const count = Math.min(into.length - done, shard.to - (from + done));
      this.#readShard(shard, from + done, into.subarray(done, done + count));
      done += count;
    }
  }

  #readShard({ file, header, from: first }: Shard, from: number, into: Int32Array): void {
    const size = into.length * this.#width;
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(2 * size);
    const bytes = this.#bytes.subarray(0, size);
    this.#files.read(file, header + (from - first) * this.#width, bytes);
    widen(bytes, this.#width, into);
    const { vocabulary } = this.index;
    for (let i = 0; i < into.length; i++) {
      // As numbers without a sign, so that a token of 32 bits cannot be negative.
      const id = (into[i] ?? 0) >>> 0;
      if (id < vocabulary) continue;
      const problem = `token ${from - first + i} is ${id}, and the vocabulary has ${vocabulary}.`;
      throw damaged(this.#files.describe(file), problem);
    }
  }

  /** The shard that holds a token. */
  #shardOf(token: number): number {
    let [low, high] = [0, this.#shards.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shards[middle]?.to ?? 0) <= token) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function widen(bytes: Uint8Array, width: number, into: Int32Array): void {
  if (width === 1) {
    into.set(bytes);
    return;
  }
  for (let i = 0; i < into.length; i++) {
    let id = 0;
    for (let byte = width - 1; byte >= 0; byte--) id = (id << 8) | (bytes[i * width + byte] ?? 0);
    into[i] = id;
  }
}
