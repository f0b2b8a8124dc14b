import { encodeText } from "../../base/index.ts";

/** How a field's value lies in the bytes. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/**
 * A message of protocol buffers as it grows, field by field. Nothing is copied until `encode`: a tensor's bytes lie in the message
 * as they were given.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Bytes that it will have. */
  get length(): number {
    return this.#length;
  }

  /** A whole number; below 0 it is written as 64 bits in two's complement. */
  int(field: number, value: number): this {
    return this.#tag(field, VARINT).#push(varint(BigInt(value)));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, FIXED_32).#push(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encodeText(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH_DELIMITED)
      .#push(varint(BigInt(value.length)))
      .#push(value);
  }

  message(field: number, value: Message): this {
    this.#tag(field, LENGTH_DELIMITED).#push(varint(BigInt(value.length)));
    for (const part of value.#parts) this.#push(part);
    return this;
  }

  encode(): Uint8Array {
    return joined(this.#parts, this.#length);
  }

  #tag(field: number, wire: number): this {
    return this.#push(varint(BigInt(field * 8 + wire)));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...bytes, Number(rest));
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
