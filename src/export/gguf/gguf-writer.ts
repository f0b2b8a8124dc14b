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
  if (type === "string") {
    to.u32(GGUF_TYPES.string);
    to.string(value);
    return;
  }
  if (type === "strings" || type === "i32s") {
    to.u32(GGUF_TYPES.array);
    to.u32(type === "strings" ? GGUF_TYPES.string : GGUF_TYPES.i32);
    to.u64(value.length);
    if (type === "strings") for (const item of value) to.string(item);
    else for (const item of value) to.u32(item >>> 0);
    return;
  }
  to.u32(GGUF_TYPES[type]);
  if (type === "u32") to.u32(value);
  else if (type === "f32") to.f32(value);
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
    this.#view.setUint8(this.#take(1), value);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#take(4), value, true);
  }

  f32(value: number): void {
    this.#view.setFloat32(this.#take(4), value, true);
  }

  u64(value: number): void {
    this.#view.setBigUint64(this.#take(8), BigInt(value), true);
  }

  /** Its bytes of UTF-8 after their number. */
  string(text: string): void {
    const bytes = encodeText(text);
    this.u64(bytes.length);
    const at = this.#take(bytes.length); // before #room is read: it may become another
    this.#room.set(bytes, at);
  }

  /** Makes room, and returns where it is. */
  #take(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#room.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.#room);
      this.#room = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
