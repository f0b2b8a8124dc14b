import { type ByteSource, shown } from "../../base/index.ts";
import { GgufBytes, type GgufField, NeedsMore, refuseGguf } from "./gguf-bytes.ts";
import { GGUF_MAGIC } from "./gguf-writer.ts";

/** A tensor of a file. */
export interface GgufTensorInfo {
  readonly name: string;
  /** The extent that lies together in memory first. */
  readonly shape: readonly number[];
  /** ggml's number of the type. */
  readonly type: number;
  /** Its first byte in the file. */
  readonly from: number;
}

/** All of a GGUF file but the numbers of its tensors. */
export interface GgufHeader {
  /** What computes it: `llama`. */
  readonly architecture: string;
  readonly name: string | undefined;
  /** Tokens of prompt and reply together. */
  readonly contextLength: number | undefined;
  readonly parameters: number;
  /** How most tensors are written: `q8_0`. */
  readonly fileType: string | undefined;
  readonly metadata: ReadonlyMap<string, GgufField>;
  readonly tensors: readonly GgufTensorInfo[];
}

/** Bytes that are read at first, and the most that a header may have: that of a vocabulary of 256,000 tokens has 20 million. */
const FIRST = 1 << 16;
const MOST = 1 << 28;
/** Tensors and fields; the largest models have some thousands. */
const MOST_ENTRIES = 1 << 16;
const MOST_EXTENTS = 4;
/** Names of `general.file_type`, as people write them. */
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: "f32",
  1: "f16",
  2: "q4_0",
  3: "q4_1",
  7: "q8_0",
  8: "q5_0",
  9: "q5_1",
  10: "q2_k",
  11: "q3_k_s",
  12: "q3_k_m",
  13: "q3_k_l",
  14: "q4_k_s",
  15: "q4_k_m",
  16: "q5_k_s",
  17: "q5_k_m",
  18: "q6_k",
  25: "iq4_nl",
  30: "iq4_xs",
  32: "bf16",
};
/** Numbers of a block and its bytes, by ggml's number of the type. */
const BLOCKS: Readonly<Record<number, readonly [numbers: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  20: [32, 18],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  30: [1, 2],
};

/**
 * Reads what a GGUF file is, without its numbers. Nothing in it is believed: lengths are checked against the bytes, and every
 * tensor of a known type must lie within the file.
 *
 * @param lists Fields that are lists and are wanted: `tokenizer.ggml.tokens`. The others are passed over.
 * @throws {ParrotletError} `gguf-invalid`.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function readGgufHeader(source: ByteSource, lists: readonly string[] = []): Promise<GgufHeader> {
  for (let length = Math.min(FIRST, source.size); ; length = Math.min(4 * length, MOST, source.size)) {
    const bytes = await source.read(0, length);
    try {
      return parse(new GgufBytes(bytes, source.size, source.name), source, lists);
    } catch (error) {
      if (!(error instanceof NeedsMore)) throw error;
      if (length >= Math.min(MOST, source.size))
        refuseGguf(source.name, `its header is longer than ${MOST} bytes.`);
    }
  }
}

function parse(bytes: GgufBytes, { size, name: file }: ByteSource, lists: readonly string[]): GgufHeader {
  const refuse = (problem: string): never => refuseGguf(file, problem);
  const { metadata, tensorCount } = parseFields(bytes, size, lists, refuse);
  const tensors = Array.from({ length: tensorCount }, () => readTensor(bytes, refuse));
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || !(alignment >= 1 && alignment <= 1 << 20))
    return refuse(`its general.alignment is ${shown(alignment)}.`);
  const start = Math.ceil(bytes.at / alignment) * alignment;
  for (const tensor of tensors) checkPlace(tensor, start, size, refuse);
  const architecture = metadata.get("general.architecture");
  if (typeof architecture !== "string") return refuse("it does not say its general.architecture.");
  return {
    ...{ architecture, metadata, parameters: tensors.reduce((sum, { shape }) => sum + product(shape), 0) },
    name: asText(metadata.get("general.name")),
    contextLength: asNumber(metadata.get(`${architecture}.context_length`)),
    fileType: FILE_TYPES[asNumber(metadata.get("general.file_type")) ?? -1],
    tensors: tensors.map((tensor) => ({ ...tensor, from: start + tensor.from })),
  };
}

type Refuse = (problem: string) => never;

function parseFields(
  bytes: GgufBytes,
  size: number,
  lists: readonly string[],
  refuse: Refuse,
): { metadata: Map<string, GgufField>; tensorCount: number } {
  if (size < 24 || bytes.u32() !== GGUF_MAGIC) refuse("it is not a GGUF file.");
  const version = bytes.u32();
  if (version !== 2 && version !== 3) refuse(`it is GGUF of version ${version}; 2 and 3 are read.`);
  const [tensorCount, fieldCount] = [bytes.u64(), bytes.u64()];
  if (tensorCount > MOST_ENTRIES || fieldCount > MOST_ENTRIES)
    refuse(`it claims ${tensorCount} tensors and ${fieldCount} fields, more than ${MOST_ENTRIES}.`);
  const metadata = new Map<string, GgufField>();
  for (let i = 0; i < fieldCount; i++) {
    const key = bytes.string();
    const field = bytes.field(lists.includes(key));
    if (field !== undefined) metadata.set(key, field);
  }
  return { metadata, tensorCount };
}

function readTensor(bytes: GgufBytes, refuse: Refuse): GgufTensorInfo {
  const name = bytes.string();
  const extents = bytes.u32();
  if (extents > MOST_EXTENTS)
    refuse(`tensor ${shown(name)} has ${extents} extents; ${MOST_EXTENTS} are read.`);
  const shape = Array.from({ length: extents }, () => bytes.u64());
  return { name, shape, type: bytes.u32(), from: bytes.u64() };
}

function checkPlace(
  { name, shape, type, from }: GgufTensorInfo,
  start: number,
  size: number,
  refuse: Refuse,
): void {
  const [numbers, width] = BLOCKS[type] ?? [1, 0];
  const end = start + from + Math.ceil(product(shape) / numbers) * width;
  if (!(end <= size))
    refuse(`tensor ${shown(name)} ends at byte ${end}, but the file has ${size}. It may be cut short.`);
}

const product = (shape: readonly number[]): number => shape.reduce((all, extent) => all * extent, 1);
const asText = (field: GgufField | undefined): string | undefined =>
  typeof field === "string" ? field : undefined;
const asNumber = (field: GgufField | undefined): number | undefined =>
  typeof field === "number" ? field : undefined;
