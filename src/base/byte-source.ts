/** Bytes that can be read from any place: a file on a disk, one that a person chose in a browser, memory. */
export interface ByteSource {
  /** How a person would name it, for messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes from `from` to before `to`, both within the size. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Bytes that are in memory already. */
export const bytesAsSource = (bytes: Uint8Array, name: string): ByteSource => ({
  name,
  size: bytes.length,
  read: async (from, to) => bytes.subarray(from, to),
});

/** Bytes that are read at once. */
const PIECE = 1 << 20;

/** All bytes of a source in order, piece by piece. */
export async function* piecesOf(source: ByteSource, piece: number = PIECE): AsyncGenerator<Uint8Array, void> {
  for (let from = 0; from < source.size; from += piece) {
    yield await source.read(from, Math.min(source.size, from + piece));
  }
}
