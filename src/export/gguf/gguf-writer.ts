import { encodeText } from "../../base/index.ts";

/** Numbers of the types that metadata values have in a GGUF file. */
export const GGUF_TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
/** Every tensor's numbers, and their beginning, stand at a multiple of this. */
export const GGUF_ALIGNMENT = 32;
export const GGUF_MAGIC = 0x46554747;

/** A value of the metadata, with the type that readers look for. */
export type GgufValue =
  | { readonly type: "u32" | "f32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "i32s"; readonly value: readonly number[] };

/** A tensor, its numbers already as the file has them. */
export interface GgufTensor {
  readonly name: string;
  /** The extent that lies together in memory first: a matrix of `[rows, columns]` is `[columns, rows]`. */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

const aligned = (at: number): number => Math.ceil(at / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;

/**
 * A GGUF file, version 3. The same input gives the same bytes.
 *
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function writeGguf(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): Uint8Array {
  const header = new Bytes();
  header.u32(GGUF_MAGIC);
  header.u32(3);
  header.u64(tensors.length);
  header.u64(metadata.size);
  for (const [key, value] of metadata) {
    header.string(key);
    writeValue(header, value);
  }
  let end = 0;
  for (const { name, shape, type, bytes } of tensors) {
    header.string(name);
    header.u32(shape.length);
    for (const extent of shape) header.u64(extent);
    header.u32(type);
    header.u64(end);
    end = aligned(end + bytes.length);
  }
  const start = aligned(header.length);
  const file = new Uint8Array(start + end);
  file.set(header.bytes);
  let at = start;
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at = aligned(at + bytes.length);
  }
  return file;
}

function writeValue(to: Bytes, { type, value }: GgufValue): void {
  if (type === "strings" || type === "i32s") {
    to.u32(GGUF_TYPES.array);
    to.u32(type === "strings" ? GGUF_TYPES.string : GGUF_TYPES.i32);
    to.u64(value.length);
    for (const item of value) writeItem(to, item);
    return;
  }
  to.u32(GGUF_TYPES[type]);
  if (type === "f32") to.f32(value);
  else writeItem(to, value);
}

/** A whole number is of 32 bits. */
function writeItem(to: Bytes, value: string | number | boolean): void {
  if (typeof value === "string") to.string(value);
  else if (typeof value === "number") to.u32(value >>> 0);
  else to.u8(Number(value));
}

/** Bytes that grow, numbers little-endian. */
class Bytes {
  length = 0;
  #room: Uint8Array = new Uint8Array(1 << 12);
  #view: DataView = new DataView(this.#room.buffer);

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.length);
  }

  u8(value: number): void {
    this.#take(1, (view, at) => view.setUint8(at, value));
  }

  u32(value: number): void {
    this.#take(4, (view, at) => view.setUint32(at, value, true));
  }

  f32(value: number): void {
    this.#take(4, (view, at) => view.setFloat32(at, value, true));
  }

  u64(value: number): void {
    this.#take(8, (view, at) => view.setBigUint64(at, BigInt(value), true));
  }

  /** Its bytes of UTF-8 after their number. */
  string(text: string): void {
    const bytes = encodeText(text);
    this.u64(bytes.length);
    this.#take(bytes.length, (_, at) => this.#room.set(bytes, at));
  }

  /** Makes room, and lets it be filled. */
  #take(count: number, fill: (view: DataView, at: number) => void): void {
    const at = this.length;
    this.length += count;
    if (this.length > this.#room.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.#room);
      this.#room = larger;
      this.#view = new DataView(larger.buffer);
    }
    fill(this.#view, at);
  }
}
