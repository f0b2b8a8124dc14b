import { ParrotletError } from "../../base/index.ts";
import { fromF16, toF16 } from "../../checkpoint/index.ts";

/** How the numbers of matrices and tables are written. */
export type GgufType = "f32" | "f16" | "q8_0";

/** ggml's numbers of the types. */
export const GGML_TYPES = { f32: 0, f16: 1, q8_0: 8 } as const;
/** `general.file_type`: what most tensors are. */
export const FILE_TYPES = { f32: 0, f16: 1, q8_0: 7 } as const;

/** Numbers of a row that share a scale in q8_0. */
export const BLOCK = 32;
/** Bytes of a block: an f16 scale and a whole number each. */
export const BLOCK_BYTES = 34;
/** The largest F16, and what is rounded to it. */
const LARGEST_F16 = 65519;

/**
 * Numbers as a file has them.
 *
 * @param name Of the tensor, for errors.
 * @throws {ParrotletError} `weights-too-large` where F16 has no such number.
 */
export function encodeNumbers(values: Float32Array, type: GgufType, name: string): Uint8Array {
  if (type === "f32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const largest = type === "f16" ? LARGEST_F16 : LARGEST_F16 * 127;
  const wrong = values.find((value) => !(Math.abs(value) <= largest));
  if (wrong !== undefined) {
    const message = `${name} holds ${wrong}, which is beyond ${type} (${Math.floor(largest)}). Take f32: it has such numbers.`;
    throw new ParrotletError("weights-too-large", message);
  }
  return type === "f16" ? new Uint8Array(Uint16Array.from(values, toF16).buffer) : quantized(values);
}

/**
 * Blocks of 32: a scale, the largest size / 127, and each number as the nearest multiple of it. As ggml does, numbers are divided
 * by the exact scale, and the scale is then rounded to f16.
 */
function quantized(values: Float32Array): Uint8Array {
  const blocks = values.length / BLOCK;
  const bytes = new Uint8Array(blocks * BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < blocks; block++) {
    const own = values.subarray(block * BLOCK, (block + 1) * BLOCK);
    let largest = 0;
    for (const value of own) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / 127);
    const at = block * BLOCK_BYTES;
    view.setUint16(at, toF16(scale), true);
    const inverse = scale > 0 ? 1 / scale : 0;
    for (let i = 0; i < BLOCK; i++) view.setInt8(at + 2 + i, Math.round((own[i] ?? 0) * inverse));
  }
  return bytes;
}

/** The reverse of `encodeNumbers`. */
export function decodeNumbers(bytes: Uint8Array, type: GgufType): Float32Array {
  const own = bytes.slice();
  if (type === "f32") return new Float32Array(own.buffer);
  if (type === "f16") return Float32Array.from(new Uint16Array(own.buffer), fromF16);
  const view = new DataView(own.buffer);
  return Float32Array.from({ length: (own.length / BLOCK_BYTES) * BLOCK }, (_, i) => {
    const at = Math.floor(i / BLOCK) * BLOCK_BYTES;
    return fromF16(view.getUint16(at, true)) * view.getInt8(at + 2 + (i % BLOCK));
  });
}
