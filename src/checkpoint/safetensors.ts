import { decodeText, ParrotletError } from "../base/index.ts";
import { fromBf16, fromF16, toBf16, toF16 } from "./half-floats.ts";
import { type Dtype, dataStartOf, headerBytes, readEntries } from "./safetensors-header.ts";

/** A tensor of a file. Floating point numbers of 16 bits are here 32 bits wide. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int8Array | BigInt64Array;
}

/** A tensor to be written. */
export interface WrittenTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int8Array;
  /** How numbers that are floating point are written; the others are I8. @default "F32" */
  readonly dtype?: "F32" | "F16" | "BF16" | undefined;
}

/** The dtypes that are read. */
const DTYPES = {
  F32: (bytes: ArrayBuffer): Float32Array => new Float32Array(bytes),
  F16: (bytes: ArrayBuffer): Float32Array => Float32Array.from(new Uint16Array(bytes), fromF16),
  BF16: (bytes: ArrayBuffer): Float32Array => Float32Array.from(new Uint16Array(bytes), fromBf16),
  I8: (bytes: ArrayBuffer): Int8Array => new Int8Array(bytes),
  I64: (bytes: ArrayBuffer): BigInt64Array => new BigInt64Array(bytes),
} as const satisfies Record<Dtype, unknown>;

/**
 * Reads a safetensors file. Nothing in it is trusted: every offset, shape and length is checked against the bytes. Tensors may share the
 * source's memory.
 *
 * @param file How to name the file in errors.
 * @throws {ParrotletError} `safetensors-invalid`, naming the file and the tensor.
 * @see https://github.com/huggingface/safetensors#format
 */
export function decodeSafetensors(source: Uint8Array, file: string): Map<string, StoredTensor> {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength); // a Buffer's slice is no copy
  const refuse = (problem: string): never => {
    throw new ParrotletError("safetensors-invalid", `${file}: ${problem}`);
  };
  const dataStart = dataStartOf(bytes, bytes.length, refuse);
  const entries = readEntries(decodeText(bytes.subarray(8, dataStart)), dataStart, bytes.length, refuse);
  // Only now, when no byte belongs to two tensors, are they read. F32 is not copied where it lies as memory wants it.
  return new Map(
    entries.map(({ name, dtype, shape, from, to }) => {
      const start = bytes.byteOffset + from;
      const isView = dtype === "F32" && start % 4 === 0;
      const values = isView
        ? new Float32Array(bytes.buffer, start, (to - from) / 4)
        : DTYPES[dtype](bytes.slice(from, to).buffer);
      return [name, { shape, values }] as const;
    }),
  );
}

/**
 * Writes a safetensors file, in the given order. The same tensors give the same bytes.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, WrittenTensor>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    const bytes = bytesOf(tensor);
    const dtype = tensor.values instanceof Int8Array ? "I8" : (tensor.dtype ?? "F32");
    header[name] = { dtype, shape: tensor.shape, data_offsets: [end, end + bytes.length] };
    parts.push(bytes);
    end += bytes.length;
  }
  const start = headerBytes(header);
  const bytes = new Uint8Array(start.length + end);
  bytes.set(start);
  let at = start.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function bytesOf({ values, dtype = "F32" }: WrittenTensor): Uint8Array {
  if (values instanceof Int8Array || dtype === "F32")
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(Uint16Array.from(values, dtype === "F16" ? toF16 : toBf16).buffer);
}
