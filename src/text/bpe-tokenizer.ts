import { encodeText, present } from "../base/index.ts";
import { byteCharacters, spell, unspell } from "./byte-alphabet.ts";
import { BytesTokenizer } from "./bytes-tokenizer.ts";
import { type Merge, Merger } from "./merger.ts";
import { findSpecial, type SpecialTokens } from "./special-tokens.ts";
import { GPT4_PATTERN, type Splitter, splitWords } from "./split-words.ts";
import { TokenBytes } from "./token-bytes.ts";
import type { TokenArray } from "./tokenizer.ts";
import { type AddedToken, byteLevel, fileOf } from "./tokenizer-file.ts";
import { WordEncoder } from "./word-encoder.ts";

/** How a tokenizer cuts text into words, and how its file says so. */
export interface Splitting {
  readonly split: Splitter;
  /** `pre_tokenizer` of `tokenizer.json`. */
  readonly json: unknown;
}

export interface BpeVocabulary {
  /** In the order of their ids: added tokens by their names, others with their bytes as `byteCharacters` writes them. */
  readonly tokens: readonly string[];
  /** The most important first. */
  readonly merges: readonly Merge[];
  /** The tokens that no text makes: special ones first of all. */
  readonly added: readonly AddedToken[];
  /** @default GPT-4's */
  readonly splitting?: Splitting;
  /** A word that is a token is that token, whatever the merges say. @default false */
  readonly ignoreMerges?: boolean;
}

const GPT4: Splitting = {
  split: splitWords,
  json: {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: GPT4_PATTERN }, behavior: "Isolated", invert: false },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
};

const encoder = new TextEncoder();

/**
 * Byte-level byte-pair encoding: text is cut into words, each is its UTF-8 bytes, and pairs of tokens are merged in the order in
 * which training found them. It knows every text.
 *
 * @see Sennrich et al. 2016. https://arxiv.org/abs/1508.07909
 */
export class BpeTokenizer extends BytesTokenizer {
  readonly kind = "bpe";
  readonly special: SpecialTokens;
  readonly #vocabulary: BpeVocabulary;
  readonly #splitting: Splitting;
  protected readonly bytes: TokenBytes;
  readonly #added: ReadonlyMap<number, AddedToken>;
  readonly #idOfByte: Int32Array;
  readonly #merger: Merger;
  /** Where merges are ignored: the id of each token, as bytes are written. */
  readonly #whole: ReadonlyMap<string, number> | undefined;

  readonly #words: WordEncoder;
  /** Of the word at hand. */
  #utf8: Uint8Array = new Uint8Array(256);

  /** @param vocabulary Whole: with all 256 bytes, and every merge's three tokens, as the reader of files checks. */
  constructor(vocabulary: BpeVocabulary) {
    super();
    const { tokens, merges, added, splitting = GPT4, ignoreMerges = false } = vocabulary;
    this.#vocabulary = vocabulary;
    this.#splitting = splitting;
    this.#added = new Map(added.map((token) => [token.id, token]));
    this.special = present(findSpecial(new Map(added.map(({ id, content }) => [content, id]))), "<eos>");
    this.bytes = new TokenBytes(tokens.map((token, id) => this.#bytesOfToken(token, id)));
    const ids = new Map<string, number>();
    for (const [id, token] of tokens.entries()) if (!this.#added.has(id)) ids.set(token, id);
    this.#idOfByte = Int32Array.from(byteCharacters, (character) =>
      present(ids.get(character), `the byte ${character}`),
    );
    this.#merger = new Merger(merges);
    this.#whole = ignoreMerges ? ids : undefined;
    this.#words = new WordEncoder(tokens.length, splitting.split, (...word) => this.#merge(...word));
  }

  get size(): number {
    return this.#vocabulary.tokens.length;
  }

  encodeToArray(text: string): TokenArray {
    return this.#words.encode(text);
  }

  show(id: number): string {
    return this.#added.get(id)?.content ?? this.bytes.show(id);
  }

  toJson(): Record<string, unknown> {
    const { tokens, merges, added, ignoreMerges = false } = this.#vocabulary;
    const written = merges.map(({ left, right }) => `${tokens[left]} ${tokens[right]}`);
    return fileOf(added, {
      pre_tokenizer: this.#splitting.json,
      ...byteLevel(tokens, written, ignoreMerges),
    });
  }

  /** Special tokens stand for nothing, other added ones for their text. */
  #bytesOfToken(token: string, id: number): Uint8Array {
    const added = this.#added.get(id);
    if (!added) return present(unspell(token), "a token's bytes");
    return added.special === false ? encodeText(token) : new Uint8Array();
  }

  #merge(text: string, from: number, to: number, ids: Int32Array): number {
    const most = 3 * (to - from); // bytes of UTF-8 for UTF-16 code units
    if (most > this.#utf8.length) this.#utf8 = new Uint8Array(most);
    const { written } = encoder.encodeInto(text.slice(from, to), this.#utf8);
    const bytes = this.#utf8.subarray(0, written);
    const whole = this.#whole?.get(spell(bytes));
    if (whole !== undefined) {
      ids[0] = whole;
      return 1;
    }
    for (let i = 0; i < written; i++) ids[i] = this.#idOfByte[bytes[i] ?? 0] ?? 0;
    return this.#merger.merge(ids, written);
  }
}
