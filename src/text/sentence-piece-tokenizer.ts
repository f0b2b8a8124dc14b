import { encodeText, present } from "../base/index.ts";
import { BytesTokenizer } from "./bytes-tokenizer.ts";
import { type Merge, Merger } from "./merger.ts";
import { findSpecial, type SpecialTokens } from "./special-tokens.ts";
import type { Splitter } from "./split-words.ts";
import { TokenBytes } from "./token-bytes.ts";
import type { TokenArray } from "./tokenizer.ts";
import { type AddedToken, fileOf } from "./tokenizer-file.ts";
import { WordEncoder } from "./word-encoder.ts";

/** What stands for a space in tokens. */
export const SPACE = "\u2581";

/** What a file does with spaces. */
export interface Spaces {
  /** Whether a text begins with one more space than it has: `unless-there` only where it has none. */
  readonly prefix: "always" | "unless-there" | "never";
  /** Each space begins a word, so that no token has two. */
  readonly split: boolean;
  /** Decoding leaves out a space at the beginning. */
  readonly stripped: boolean;
  /** `normalizer`, `pre_tokenizer` and `decoder` of `tokenizer.json`. */
  readonly json: { readonly normalizer: unknown; readonly pre_tokenizer: unknown; readonly decoder: unknown };
}

export interface SentencePieceVocabulary {
  /** In the order of their ids: characters with `SPACE` for spaces, bytes as `<0x0A>`. */
  readonly tokens: readonly string[];
  /** The most important first. */
  readonly merges: readonly Merge[];
  readonly added: readonly AddedToken[];
  readonly spaces: Spaces;
  /** `model` of `tokenizer.json` but for `vocab` and `merges`. */
  readonly model: Readonly<Record<string, unknown>>;
}

const BYTE = /^<0x([0-9A-F]{2})>$/;

/** The name of each byte's token. */
export const byteNames: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/**
 * Byte-pair encoding of characters, as SentencePiece does it and Llama 2 has it: spaces are characters, and a character without a
 * token is the tokens of its bytes. It knows every text.
 *
 * Most such files put a space before every text, which `decode` takes away. A stream does not: what it is given goes on from other
 * tokens, where a space is a space. `bytesOf` and `byteLength` count it too.
 *
 * @see Kudo and Richardson 2018. https://arxiv.org/abs/1808.06226
 */
export class SentencePieceTokenizer extends BytesTokenizer {
  readonly kind = "bpe";
  readonly special: SpecialTokens;
  readonly #vocabulary: SentencePieceVocabulary;
  protected readonly bytes: TokenBytes;
  readonly #added: ReadonlyMap<number, AddedToken>;
  readonly #idOfCharacter: ReadonlyMap<string, number>;
  readonly #idOfByte: Int32Array;
  readonly #merger: Merger;
  readonly #words: WordEncoder;

  /** @param vocabulary Whole: with all 256 bytes, and every merge's three tokens, as the reader of files checks. */
  constructor(vocabulary: SentencePieceVocabulary) {
    super();
    const { tokens, merges, added, spaces } = vocabulary;
    this.#vocabulary = vocabulary;
    this.#added = new Map(added.map((token) => [token.id, token]));
    this.special = present(findSpecial(new Map(added.map(({ id, content }) => [content, id]))), "<eos>");
    this.bytes = new TokenBytes(tokens.map((token, id) => this.#bytesOfToken(token, id)));
    const own = tokens.map((token, id) => [token, id] as const).filter(([, id]) => !this.#added.has(id));
    const ids = new Map(own);
    this.#idOfCharacter = new Map(own.filter(([token]) => [...token].length === 1));
    this.#idOfByte = Int32Array.from(byteNames, (name) => present(ids.get(name), name));
    this.#merger = new Merger(merges);
    const splitter = splitterFor(spaces, [...ids.keys()]);
    this.#words = new WordEncoder(tokens.length, splitter, (...word) => this.#encodeWord(...word));
  }

  get size(): number {
    return this.#vocabulary.tokens.length;
  }

  encodeToArray(text: string): TokenArray {
    const { prefix } = this.#vocabulary.spaces;
    const spaced = text.replaceAll(" ", SPACE);
    const isThere = prefix === "never" || (prefix === "unless-there" && spaced.startsWith(SPACE));
    return this.#words.encode(isThere || text === "" ? spaced : SPACE + spaced);
  }

  override decode(ids: Iterable<number>): string {
    const text = super.decode(ids);
    return this.#vocabulary.spaces.stripped && text.startsWith(" ") ? text.slice(1) : text;
  }

  show(id: number): string {
    return this.#added.get(id)?.content ?? this.bytes.show(id);
  }

  toJson(): Record<string, unknown> {
    const { tokens, merges, added, spaces, model } = this.#vocabulary;
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
    const pairs = merges.map(({ left, right }) => [tokens[left] ?? "", tokens[right] ?? ""]);
    // As texts, which old programs read too, unless a token holds a plain space.
    const plain = pairs.every((pair) => pair.every((token) => !token.includes(" ")));
    const written = plain ? pairs.map((pair) => pair.join(" ")) : pairs;
    return fileOf(added, { ...spaces.json, model: { ...model, vocab, merges: written } });
  }

  /** Special tokens stand for nothing, other added ones for their text. */
  #bytesOfToken(token: string, id: number): Uint8Array {
    const added = this.#added.get(id);
    if (added) return added.special === false ? encodeText(token) : new Uint8Array();
    const byte = BYTE.exec(token)?.[1];
    return byte === undefined ? encodeText(token.replaceAll(SPACE, " ")) : Uint8Array.of(parseInt(byte, 16));
  }

  #encodeWord(text: string, from: number, to: number, ids: Int32Array): number {
    let count = 0;
    for (const character of text.slice(from, to)) {
      const id = this.#idOfCharacter.get(character);
      if (id !== undefined) ids[count++] = id;
      else for (const byte of encodeText(character)) ids[count++] = this.#idOfByte[byte] ?? 0;
    }
    return this.#merger.merge(ids, count);
  }
}

/**
 * Where a text may be cut without a change in its tokens: before spaces that follow something else, if no token has a space there.
 * So words can be remembered, and a long text is not one word.
 */
function splitterFor({ split }: Spaces, tokens: readonly string[]): Splitter {
  if (split) return cutBefore(/\u2581/g);
  const crosses = tokens.some((token) => /[^\u2581]\u2581/.test(token));
  return crosses ? cutBefore(/(?!)/g) : cutBefore(/(?<=[^\u2581])\u2581/g);
}

const cutBefore =
  (pattern: RegExp): Splitter =>
  (text, word) => {
    let from = 0;
    for (const { index } of text.matchAll(pattern)) {
      if (index > from) word(from, index);
      from = index;
    }
    if (from < text.length) word(from, text.length);
  };
