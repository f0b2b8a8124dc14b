import { decodeText, encodeText, ParrotletError, shown } from "../base/index.ts";
import { fromBf16, fromF16, toBf16, toF16 } from "./half-floats.ts";

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
} as const;
const WIDTHS = { F32: 4, F16: 2, BF16: 2, I8: 1, I64: 8 } as const;

/** Hugging Face's own limit on the header. */
const LONGEST_HEADER = 100_000_000;

/**
 * Reads a safetensors file. Nothing in it is trusted: every offset, shape and length is checked against the bytes.
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
  if (bytes.length < 8)
    refuse(`${bytes.length} bytes are too few for a safetensors file. It may be cut short.`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const dataStart = 8 + headerLength;
  if (headerLength > LONGEST_HEADER || dataStart > bytes.length) {
    refuse(`its header claims ${headerLength} bytes, but the file has ${bytes.length}. It may be cut short.`);
  }
  const header = parseHeader(decodeText(bytes.subarray(8, dataStart)), refuse);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => checkEntry(name, entry, refuse));
  const inOrder = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of inOrder) {
    if (dataStart + to > bytes.length) {
      refuse(
        `tensor ${name} ends at byte ${dataStart + to}, but the file has ${bytes.length}. It may be cut short.`,
      );
    }
    if (from !== end)
      refuse(`tensor ${name} begins at byte ${from} of the data, but the one before ends at ${end}.`);
    end = to;
  }
  if (dataStart + end !== bytes.length) {
    refuse(`its tensors end at byte ${dataStart + end}, but the file has ${bytes.length}.`);
  }
  // Only now, when no byte belongs to two tensors, are they copied.
  return new Map(
    entries.map(({ name, dtype, shape, from, to }) => {
      const data = bytes.slice(dataStart + from, dataStart + to).buffer;
      return [name, { shape, values: DTYPES[dtype](data) }];
    }),
  );
}

type Refuse = (problem: string) => never;

function parseHeader(text: string, refuse: Refuse): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    refuse("its header is not JSON.");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    refuse("its header is not an object.");
  return header as Record<string, unknown>;
}

function checkEntry(name: string, entry: unknown, refuse: Refuse) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(WIDTHS, dtype)) {
    refuse(`tensor ${name} has dtype ${shown(dtype)}; only ${Object.keys(WIDTHS).join(" and ")} are read.`);
  }
  const width = WIDTHS[dtype as keyof typeof WIDTHS];
  if (!isListOfCounts(shape)) refuse(`tensor ${name} has shape ${shown(shape)}.`);
  if (!isListOfCounts(offsets) || offsets.length !== 2) {
    refuse(`tensor ${name} has data_offsets ${shown(offsets)}.`);
  }
  const [from = 0, to = 0] = offsets as number[];
  const size = (shape as number[]).reduce((product, extent) => product * extent, width);
  if (to - from !== size) {
    refuse(`tensor ${name} has shape ${shown(shape)}, ${size} bytes, but its offsets span ${to - from}.`);
  }
  return { name, dtype: dtype as keyof typeof WIDTHS, shape: shape as number[], from, to };
}

const isListOfCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

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
  const json = encodeText(JSON.stringify(header));
  const headerBytes = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(" ".charCodeAt(0));
  headerBytes.set(json);
  const bytes = new Uint8Array(8 + headerBytes.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, 8);
  let at = 8 + headerBytes.length;
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
