import { ParrotletError } from "../../base/index.ts";

/** What a value of the metadata is in memory. Whole numbers beyond 2^53 lose their last digits; nothing here needs those. */
export type GgufScalar = number | boolean | string;
export type GgufField = GgufScalar | readonly GgufScalar[];

/** There are more bytes in the file than were given. */
export class NeedsMore extends Error {}

/** A file that is not what it says. */
export const refuseGguf = (file: string, problem: string): never => {
  throw new ParrotletError("gguf-invalid", `${file}: ${problem}`);
};

const STRING = 8;
const ARRAY = 9;
/** Bytes of the metadata types that have a fixed number of them, by their numbers. */
const WIDTHS: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Reads the beginning of a GGUF file. No length in it is believed before that many bytes are there. */
export class GgufBytes {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  readonly #file: string;

  /** @param size Of the whole file. @param file How to name it in errors. */
  constructor(bytes: Uint8Array, size: number, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#size = size;
    this.#file = file;
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  string(): string {
    const length = this.u64();
    const from = this.#skip(length);
    return decoder.decode(this.#bytes.subarray(from, from + length));
  }

  /** @param wanted Whether an array's items are; else they are passed over, and nothing is given. */
  field(wanted: boolean): GgufField | undefined {
    const type = this.u32();
    if (type !== ARRAY) return this.#scalar(type);
    const [itemType, length] = [this.u32(), this.u64()];
    const width = WIDTHS[itemType];
    if (width === undefined && itemType !== STRING)
      refuseGguf(this.#file, `a list in its metadata has items of the unknown type ${itemType}.`);
    // A string takes 8 bytes at least: a list never has more items than there are bytes.
    this.#check(length * (width ?? 8));
    if (wanted) return Array.from({ length }, () => this.#scalar(itemType));
    if (width !== undefined) this.#skip(length * width);
    else for (let i = 0; i < length; i++) this.#skip(this.u64());
    return undefined;
  }

  #scalar(type: number): GgufScalar {
    if (type === STRING) return this.string();
    const width = WIDTHS[type];
    if (width === undefined)
      return refuseGguf(this.#file, `its metadata has a value of the unknown type ${type}.`);
    const at = this.#skip(width);
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(at);
      case 1:
        return view.getInt8(at);
      case 2:
        return view.getUint16(at, true);
      case 3:
        return view.getInt16(at, true);
      case 4:
        return view.getUint32(at, true);
      case 5:
        return view.getInt32(at, true);
      case 6:
        return view.getFloat32(at, true);
      case 7:
        return view.getUint8(at) !== 0;
      case 10:
        return Number(view.getBigUint64(at, true));
      case 11:
        return Number(view.getBigInt64(at, true));
      default:
        return view.getFloat64(at, true);
    }
  }

  #skip(count: number): number {
    this.#check(count);
    const from = this.at;
    this.at += count;
    return from;
  }

  /** So many bytes follow, in the file and here. */
  #check(count: number): void {
    if (this.at + count > this.#size)
      refuseGguf(this.#file, `it ends within its header, at byte ${this.#size}. It may be cut short.`);
    if (this.at + count > this.#bytes.length) throw new NeedsMore();
  }
}

const decoder = new TextDecoder();
