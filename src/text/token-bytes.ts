import type { DecodeStream } from "./tokenizer.ts";

/** The UTF-8 bytes that each token of a vocabulary stands for, one after the other; none for special tokens. */
export class TokenBytes {
  readonly #bytes: Uint8Array;
  /** `V + 1`: token `id` has the bytes from `#starts[id]` to before `#starts[id + 1]`. */
  readonly #starts: Uint32Array;

  /** @param tokens In the order of their ids. */
  constructor(tokens: readonly Uint8Array[]) {
    this.#starts = new Uint32Array(tokens.length + 1);
    let end = 0;
    for (const [id, { length }] of tokens.entries()) {
      end += length;
      this.#starts[id + 1] = end;
    }
    this.#bytes = new Uint8Array(end);
    for (const [id, bytes] of tokens.entries()) this.#bytes.set(bytes, this.#starts[id]);
  }

  /** The bytes of one token: a view. */
  token(id: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[id] ?? 0, this.#starts[id + 1] ?? 0);
  }

  length(id: number): number {
    const end = this.#starts[id + 1];
    return end === undefined ? 0 : end - (this.#starts[id] ?? 0);
  }

  count(ids: Iterable<number>): number {
    let count = 0;
    for (const id of ids) count += this.length(id);
    return count;
  }

  of(ids: Iterable<number>): Uint8Array {
    // All of a store is decoded by this: what has a length is not copied, and the tables are read from locals.
    const list = ids instanceof Int32Array ? ids : Array.from(ids);
    const [starts, table] = [this.#starts, this.#bytes];
    const bytes = new Uint8Array(this.count(list));
    let at = 0;
    for (let i = 0; i < list.length; i++) {
      const id = list[i] ?? 0;
      const end = starts[id + 1] ?? 0;
      for (let from = starts[id] ?? 0; from < end; from++) bytes[at++] = table[from] ?? 0;
    }
    return bytes;
  }

  decode(ids: Iterable<number>): string {
    return decoder.decode(this.of(ids));
  }

  /** One token for a person: its text, and bytes that are no text alone as `<0xE2>`. */
  show(id: number): string {
    if (this.#starts[id + 1] === undefined) return `token ${id}`;
    const bytes = this.token(id);
    try {
      return strict.decode(bytes);
    } catch {
      return Array.from(bytes, (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`).join("");
    }
  }

  stream(): DecodeStream {
    const own = newDecoder();
    return {
      push: (id) => own.decode(this.token(id), { stream: true }),
      flush: () => own.decode(),
    };
  }
}

/** A byte order mark within text is text. */
const newDecoder = (fatal = false): TextDecoder => new TextDecoder("utf-8", { ignoreBOM: true, fatal });
const decoder = newDecoder();
const strict = newDecoder(true);
