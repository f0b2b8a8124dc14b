import { encodeText, ParrotletError, present, shown } from "../base/index.ts";
import { BytesTokenizer } from "./bytes-tokenizer.ts";
import { findSpecial, SPECIAL_SETS, type SpecialSet, type SpecialTokens, UNKNOWN } from "./special-tokens.ts";
import { TokenBytes } from "./token-bytes.ts";
import { type DecodeStream, type TokenArray, tokenArray } from "./tokenizer.ts";
import { asObject, fileOf, inOrder, refusing } from "./tokenizer-file.ts";

export interface CharacterTokenizerOptions {
  /** Which special tokens there are. @default "pairs" */
  readonly special?: SpecialSet | undefined;
  /** Whether there is an `<unk>`. @default false */
  readonly unknown?: boolean | undefined;
}

/** The most characters that an error lists. */
const MOST_SHOWN = 200;

/** Characters that are one UTF-16 code unit, and no half of another: looked up in a table instead of a map. */
const PLAIN = 1 << 16;
const isPlain = (character: string): boolean => /^[^\ud800-\udfff]$/.test(character);

/**
 * One token a character (a Unicode code point). First come the special tokens, then `<unk>` where there is one, then the
 * characters in the order of their code points.
 */
export class CharacterTokenizer extends BytesTokenizer {
  readonly kind = "character";
  readonly special: SpecialTokens;
  readonly #tokens: readonly string[];
  /** The id of the first character. */
  readonly #first: number;
  readonly #ids: ReadonlyMap<string, number>;
  /** The id of each UTF-16 code unit that is a character; 0, a special token, where there is none. */
  readonly #plain: Uint32Array = new Uint32Array(PLAIN);
  protected readonly bytes: TokenBytes;

  /** @param characters In the order of their ids. */
  constructor(
    characters: readonly string[],
    { special = "pairs", unknown = false }: CharacterTokenizerOptions = {},
  ) {
    super();
    this.#tokens = [...SPECIAL_SETS[special], ...(unknown ? [UNKNOWN] : []), ...characters];
    const first = this.#tokens.length - characters.length;
    this.#first = first;
    this.#ids = new Map(characters.map((character, index) => [character, first + index]));
    for (const [character, id] of this.#ids) {
      if (isPlain(character)) this.#plain[character.charCodeAt(0)] = id;
    }
    const names = this.#tokens.slice(0, first).map((name, id) => [name, id] as const);
    this.special = present(findSpecial(new Map(names)), "<eos>");
    this.bytes = new TokenBytes(
      this.#tokens.map((token, id) => (id < first ? new Uint8Array() : encodeText(token))),
    );
  }

  /** A tokenizer that knows every character of `texts`. */
  static fit(texts: Iterable<string>, options: CharacterTokenizerOptions = {}): CharacterTokenizer {
    const characters = new Set<string>();
    for (const text of texts) for (const character of text) characters.add(character);
    const order = (character: string): number => character.codePointAt(0) ?? 0;
    return new CharacterTokenizer(
      [...characters].sort((a, b) => order(a) - order(b)),
      options,
    );
  }

  get size(): number {
    return this.#tokens.length;
  }

  encodeToArray(text: string): TokenArray {
    const ids = tokenArray(this.size, text.length);
    const plain = this.#plain;
    let count = 0;
    for (let at = 0; at < text.length; at++) {
      let id = plain[text.charCodeAt(at)] ?? 0;
      if (id === 0) {
        const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
        id = this.#ids.get(character) ?? this.special.unk ?? this.#refuse(text, at, character);
        at += character.length - 1;
      }
      ids[count++] = id;
    }
    return count < ids.length ? ids.slice(0, count) : ids;
  }

  override decode(ids: Iterable<number>): string {
    let text = "";
    for (const id of ids) if (id >= this.#first) text += this.#tokens[id] ?? "";
    return text;
  }

  override decodeStream(): DecodeStream {
    return { push: (id) => this.decode([id]), flush: () => "" };
  }

  show(id: number): string {
    return this.#tokens[id] ?? `token ${id}`;
  }

  toJson(): Record<string, unknown> {
    const specials = this.#tokens.slice(0, this.#first);
    return fileOf(
      specials.map((content, id) => ({ id, content })),
      {
        pre_tokenizer: { type: "Split", pattern: { Regex: "[\\s\\S]" }, behavior: "Isolated", invert: false },
        decoder: { type: "Fuse" },
        model: {
          type: "WordLevel",
          vocab: Object.fromEntries(this.#tokens.map((token, id) => [token, id])),
          unk_token: UNKNOWN,
        },
      },
    );
  }

  /**
   * Reads what `toJson` wrote.
   *
   * @param file How to name the file in errors.
   * @throws {ParrotletError} `tokenizer-invalid`, saying what is wrong.
   */
  static fromJson(json: unknown, file: string): CharacterTokenizer {
    const refuse = refusing(file);
    const { type, vocab } = asObject(asObject(json)["model"]);
    if (type !== "WordLevel" || typeof vocab !== "object" || vocab === null) {
      return refuse("not a character tokenizer: its model is not of type WordLevel with a vocab.");
    }
    const tokens = inOrder(Object.entries(vocab), refuse);
    const has = (names: readonly string[]): boolean => names.every((name, id) => tokens[id] === name);
    // The longest set first: the names of one may begin another.
    const special = (["chat", "pairs", "text"] as const).find((set) => has(SPECIAL_SETS[set]));
    if (!special) {
      const names = SPECIAL_SETS.pairs;
      const wrong = names.findIndex((name, id) => tokens[id] !== name);
      return refuse(`token ${wrong} is ${shown(tokens[wrong])}, not ${names[wrong]}.`);
    }
    const { length } = SPECIAL_SETS[special];
    const unknown = tokens[length] === UNKNOWN;
    const characters = tokens.slice(length + Number(unknown));
    const long = characters.find((token) => [...token].length !== 1);
    if (long !== undefined) refuse(`token ${shown(long)} is not one character.`);
    return new CharacterTokenizer(characters, { special, unknown });
  }

  #refuse(text: string, at: number, character: string): never {
    const place = [...text.slice(0, at)].length + 1;
    const all = [...this.#ids.keys()];
    const some = all.slice(0, MOST_SHOWN).join("");
    const known = all.length > MOST_SHOWN ? `${some} and ${all.length - MOST_SHOWN} others` : some;
    throw new ParrotletError(
      "unknown-character",
      `The model does not know the character ${JSON.stringify(character)} at place ${place} of ` +
        `${shown(text)}. It knows these: ${known}`,
    );
  }
}
