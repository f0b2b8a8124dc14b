import { ParrotletError, shown } from "../base/index.ts";
import type { SpecialTokens, Tokenizer } from "./tokenizer.ts";

const SPECIAL = ["<pad>", "<bos>", "<sep>", "<eos>"] as const;
const UNKNOWN = "<unk>";

/**
 * One token a character (a Unicode code point). Ids 0 to 3 are `<pad> <bos> <sep> <eos>`, 4 is `<unk>` where there is one,
 * then come the characters in the order of their code points.
 */
export class CharacterTokenizer implements Tokenizer {
  readonly special: SpecialTokens;
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @param characters In the order of their ids. @param unknown Whether there is an `<unk>`. */
  constructor(characters: readonly string[], { unknown = false }: { unknown?: boolean } = {}) {
    this.#tokens = [...SPECIAL, ...(unknown ? [UNKNOWN] : []), ...characters];
    const first = this.#tokens.length - characters.length;
    this.#ids = new Map(characters.map((character, index) => [character, first + index]));
    this.special = { pad: 0, bos: 1, sep: 2, eos: 3, unk: unknown ? 4 : undefined };
  }

  /** A tokenizer that knows every character of `texts`. */
  static fit(texts: Iterable<string>, options: { unknown?: boolean } = {}): CharacterTokenizer {
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

  encode(text: string): number[] {
    return Array.from(text, (character, place) => {
      const id = this.#ids.get(character) ?? this.special.unk;
      if (id !== undefined) return id;
      const known = [...this.#ids.keys()].join("");
      throw new ParrotletError(
        "unknown-character",
        `The model does not know the character ${JSON.stringify(character)} at place ${place + 1} of ` +
          `${shown(text)}. It knows these: ${known}`,
      );
    });
  }

  decode(ids: Iterable<number>): string {
    let text = "";
    for (const id of ids) if (!this.#isSpecial(id)) text += this.#tokens[id] ?? "";
    return text;
  }

  show(id: number): string {
    return this.#tokens[id] ?? `token ${id}`;
  }

  toJson(): Record<string, unknown> {
    const specials = this.#tokens.slice(0, this.#tokens.length - this.#ids.size);
    return {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: specials.map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: { type: "Split", pattern: { Regex: "[\\s\\S]" }, behavior: "Isolated", invert: false },
      post_processor: null,
      decoder: { type: "Fuse" },
      model: {
        type: "WordLevel",
        vocab: Object.fromEntries(this.#tokens.map((token, id) => [token, id])),
        unk_token: UNKNOWN,
      },
    };
  }

  /**
   * Reads what `toJson` wrote.
   *
   * @param file How to name the file in errors.
   * @throws {ParrotletError} `tokenizer-invalid`, saying what is wrong.
   */
  static fromJson(json: unknown, file: string): CharacterTokenizer {
    const refuse = (problem: string): never => {
      throw new ParrotletError("tokenizer-invalid", `${file}: ${problem}`);
    };
    const model = (json as { model?: { type?: unknown; vocab?: unknown } } | null)?.model;
    if (model?.type !== "WordLevel" || typeof model.vocab !== "object" || model.vocab === null) {
      return refuse("not a character tokenizer: its model is not of type WordLevel with a vocab.");
    }
    const entries = Object.entries(model.vocab).sort(([, a], [, b]) => numeric(a) - numeric(b));
    for (const [place, [token, id]] of entries.entries()) {
      if (id !== place) refuse(`token ${shown(token)} has id ${shown(id)}, where ${place} is wanted.`);
    }
    const tokens = entries.map(([token]) => token);
    const missing = SPECIAL.find((token, id) => tokens[id] !== token);
    if (missing)
      refuse(
        `token ${SPECIAL.indexOf(missing)} is ${shown(tokens[SPECIAL.indexOf(missing)])}, not ${missing}.`,
      );
    const unknown = tokens[SPECIAL.length] === UNKNOWN;
    const characters = tokens.slice(SPECIAL.length + Number(unknown));
    const long = characters.find((token) => [...token].length !== 1);
    if (long !== undefined) refuse(`token ${shown(long)} is not one character.`);
    return new CharacterTokenizer(characters, { unknown });
  }

  #isSpecial(id: number): boolean {
    return id < this.#tokens.length - this.#ids.size;
  }
}

/** For sorting ids that may be anything. */
const numeric = (id: unknown): number => (typeof id === "number" ? id : -1);
