import { ParrotletError } from "../../base/index.ts";
import type { SourceTensor } from "./source-tensors.ts";

/** Bytes that are copied at once: a multiple of each number's width. */
const PIECE = 1 << 22;

/**
 * The first bytes of a tensor, piece by piece.
 *
 * @throws {ParrotletError} `safetensors-invalid` where one of its numbers is infinite or none: with it, all that a model says would be.
 */
export async function* copyNumbers(tensor: SourceTensor, length: number): AsyncGenerator<Uint8Array> {
  const { name, file, from, dtype } = tensor;
  for (let at = 0; at < length; at += PIECE) {
    const piece = await file.read(from + at, from + Math.min(length, at + PIECE));
    if (hasNoNumber(piece, dtype)) {
      const message = `${file.name}: tensor ${name} holds a number that is infinite or none (NaN).`;
      throw new ParrotletError("safetensors-invalid", message);
    }
    yield piece;
  }
}

/** An exponent of ones alone is infinite or no number. */
const EXPONENTS = { F16: 0x7c00, BF16: 0x7f80 } as const;

function hasNoNumber(piece: Uint8Array, dtype: SourceTensor["dtype"]): boolean {
  const { buffer } = piece.byteOffset % 4 === 0 ? piece : piece.slice();
  const start = buffer === piece.buffer ? piece.byteOffset : 0;
  if (dtype === "F32") {
    const words = new Uint32Array(buffer, start, piece.length / 4);
    return words.some((word) => (word & 0x7f800000) === 0x7f800000);
  }
  const ones = EXPONENTS[dtype];
  return new Uint16Array(buffer, start, piece.length / 2).some((word) => (word & ones) === ones);
}

/** Whether two tensors are the same numbers in the same form. */
export async function sameBytes(one: SourceTensor, other: SourceTensor): Promise<boolean> {
  const length = one.to - one.from;
  if (one.dtype !== other.dtype || length !== other.to - other.from) return false;
  for (let at = 0; at < length; at += PIECE) {
    const end = Math.min(length, at + PIECE);
    const a = await one.file.read(one.from + at, one.from + end);
    const b = await other.file.read(other.from + at, other.from + end);
    if (!a.every((byte, index) => byte === b[index])) return false;
  }
  return true;
}
