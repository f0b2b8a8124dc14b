import { encodeText, shown } from "../base/index.ts";

/** Bytes of one number, by the dtypes that are read. */
const WIDTHS = { F32: 4, F16: 2, BF16: 2, I8: 1, I64: 8 } as const;

export type Dtype = keyof typeof WIDTHS;

/** What a header says of one tensor, checked: its bytes are those of the file from `from` to before `to`. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Hugging Face's own limit on the header. */
const LONGEST_HEADER = 100_000_000;

type Refuse = (problem: string) => never;

/**
 * Where the data of a safetensors file begin, which is where its header ends.
 *
 * @param first The first 8 bytes of the file, or more. @param size Of the whole file.
 */
export function dataStartOf(first: Uint8Array, size: number, refuse: Refuse): number {
  if (first.length < 8) refuse(`${size} bytes are too few for a safetensors file. It may be cut short.`);
  const headerLength = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (headerLength > LONGEST_HEADER || 8 + headerLength > size) {
    refuse(`its header claims ${headerLength} bytes, but the file has ${size}. It may be cut short.`);
  }
  return 8 + headerLength;
}

/**
 * The tensors of a header. No byte of the data belongs to two of them, and none to no tensor.
 *
 * @param start Where the data begin. @param size Of the whole file.
 */
export function readEntries(text: string, start: number, size: number, refuse: Refuse): TensorEntry[] {
  const entries = Object.entries(parseHeader(text, refuse))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => checkEntry(name, entry, start, refuse));
  const inOrder = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = start;
  for (const { name, from, to } of inOrder) {
    if (to > size) {
      refuse(`tensor ${name} ends at byte ${to}, but the file has ${size}. It may be cut short.`);
    }
    if (from !== end)
      refuse(
        `tensor ${name} begins at byte ${from - start} of the data, but the one before ends at ${end - start}.`,
      );
    end = to;
  }
  if (end !== size) refuse(`its tensors end at byte ${end}, but the file has ${size}.`);
  return entries;
}

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

function checkEntry(name: string, entry: unknown, start: number, refuse: Refuse): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(WIDTHS, dtype)) {
    refuse(`tensor ${name} has dtype ${shown(dtype)}; only ${Object.keys(WIDTHS).join(" and ")} are read.`);
  }
  const width = WIDTHS[dtype as Dtype];
  if (!isListOfCounts(shape)) refuse(`tensor ${name} has shape ${shown(shape)}.`);
  if (!isListOfCounts(offsets) || offsets.length !== 2) {
    refuse(`tensor ${name} has data_offsets ${shown(offsets)}.`);
  }
  const [from = 0, to = 0] = offsets as number[];
  const size = (shape as number[]).reduce((product, extent) => product * extent, width);
  if (to - from !== size) {
    refuse(`tensor ${name} has shape ${shown(shape)}, ${size} bytes, but its offsets span ${to - from}.`);
  }
  return { name, dtype: dtype as Dtype, shape: shape as number[], from: start + from, to: start + to };
}

const isListOfCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

/** The beginning of a file, up to its data, which then are aligned to 8 bytes. */
export function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = encodeText(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(" ".charCodeAt(0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
