import { present } from "../base/index.ts";
import { byteCharacters } from "./byte-alphabet.ts";
import { BytesTokenizer } from "./bytes-tokenizer.ts";
import { findSpecial, SPECIAL_SETS, type SpecialSet, type SpecialTokens } from "./special-tokens.ts";
import { TokenBytes } from "./token-bytes.ts";
import type { TokenArray } from "./tokenizer.ts";
import { byteLevel, fileOf } from "./tokenizer-file.ts";

const encoder = new TextEncoder();

/**
 * One token a byte of UTF-8: the special tokens, then the bytes 0 to 255. It knows every text, and nothing of any language.
 * For other programs it is a byte-level BPE without merges.
 */
export class ByteTokenizer extends BytesTokenizer {
  readonly kind = "byte";
  readonly size: number;
  readonly special: SpecialTokens;
  /** In the order of their ids, as the file writes them. */
  readonly tokens: readonly string[];
  readonly #names: readonly string[];
  protected readonly bytes: TokenBytes;

  /** @param special Which special tokens there are. */
  constructor(special: SpecialSet = "text") {
    super();
    this.#names = SPECIAL_SETS[special];
    this.tokens = [...this.#names, ...byteCharacters];
    this.size = this.tokens.length;
    this.special = present(findSpecial(new Map(this.#names.map((name, id) => [name, id]))), "<eos>");
    this.bytes = new TokenBytes([
      ...this.#names.map(() => new Uint8Array()),
      ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ]);
  }

  encodeToArray(text: string): TokenArray {
    const first = this.#names.length;
    const bytes = encoder.encode(text);
    const ids = new Uint16Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) ids[i] = first + (bytes[i] ?? 0);
    return ids;
  }

  show(id: number): string {
    return this.#names[id] ?? this.bytes.show(id);
  }

  toJson(): Record<string, unknown> {
    return fileOf(
      this.#names.map((content, id) => ({ id, content })),
      {
        pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
        ...byteLevel(this.tokens),
      },
    );
  }
}
