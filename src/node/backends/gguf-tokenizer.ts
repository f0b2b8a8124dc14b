import { encodeText, InternalError, ParrotletError, shown } from "../../base/index.ts";
import { type GgufField, type GgufHeader, TOKEN_KINDS } from "../../export/index.ts";
import {
  BytesTokenizer,
  type SpecialTokens,
  type TokenArray,
  TokenBytes,
  unspell,
} from "../../text/index.ts";

/** The lists of a header that this needs. */
export const TOKENIZER_LISTS: readonly string[] = ["tokenizer.ggml.tokens", "tokenizer.ggml.token_type"];

const BYTE = 6;

/** The vocabulary of a GGUF file, whatever its kind: what its tokens stand for. Text is encoded by llama.cpp. */
export class GgufTokenizer extends BytesTokenizer {
  readonly kind = "bpe";
  readonly size: number;
  readonly special: SpecialTokens;
  /** Of the tokens that no text makes: their names, with their ids. */
  readonly controls: ReadonlyMap<string, number>;
  protected readonly bytes: TokenBytes;
  readonly #tokens: readonly string[];
  /** Every token stands for the bytes of its text, no more and no less. */
  readonly #ofBytes: boolean;
  readonly #encode: (text: string) => readonly number[];

  /** @param encode Text to tokens, none of them special. */
  constructor({ metadata }: GgufHeader, encode: (text: string) => readonly number[]) {
    super();
    const list = (name: string): readonly unknown[] => {
      const field = metadata.get(`tokenizer.ggml.${name}`);
      return Array.isArray(field) ? field : [];
    };
    const id = (name: string): number | undefined => asId(metadata.get(`tokenizer.ggml.${name}_token_id`));
    this.#tokens = list("tokens").map(String);
    this.#encode = encode;
    this.size = this.#tokens.length;
    const kinds = list("token_type");
    const isControl = (token: number): boolean =>
      kinds[token] === TOKEN_KINDS.control || kinds[token] === TOKEN_KINDS.unknown;
    this.controls = new Map(
      this.#tokens.flatMap((name, token) =>
        isControl(token) && name !== "" ? [[name, token] as const] : [],
      ),
    );
    this.#ofBytes = metadata.get("tokenizer.ggml.model") === "gpt2";
    this.bytes = new TokenBytes(
      this.#tokens.map((name, token) => {
        if (isControl(token)) return new Uint8Array();
        if (kinds[token] === TOKEN_KINDS.userDefined) return encodeText(name);
        if (kinds[token] === BYTE)
          return Uint8Array.of(Number(/^<(0x[\dA-F]{2})>$/i.exec(name)?.[1] ?? 0x3f));
        return (this.#ofBytes ? unspell(name) : undefined) ?? encodeText(name.replaceAll("\u2581", " "));
      }),
    );
    const named = (name: string): number | undefined => this.controls.get(name);
    const eos = id("eos") ?? 0;
    this.special = {
      ...{ eos, bos: id("bos") ?? eos, pad: id("padding") ?? eos, unk: id("unknown") },
      ...{
        sep: named("<sep>"),
        system: named("<system>"),
        user: named("<user>"),
        assistant: named("<assistant>"),
      },
    };
  }

  /** @throws {ParrotletError} `unknown-character`. */
  encodeToArray(text: string): TokenArray {
    const ids = Uint32Array.from(this.#encode(text));
    // llama.cpp leaves out bytes that no token stands for.
    if (this.#ofBytes && this.countBytes(ids) !== encodeText(text).length) {
      const unknown = [...text].find(
        (each) => this.countBytes(this.#encode(each)) !== encodeText(each).length,
      );
      const message = `The model does not know the character ${shown(unknown)} of ${shown(text)}.`;
      throw new ParrotletError("unknown-character", message);
    }
    return ids;
  }

  show(id: number): string {
    return this.byteLength(id) === 0 ? (this.#tokens[id] ?? `token ${id}`) : this.bytes.show(id);
  }

  toJson(): never {
    throw new InternalError("a GGUF file's tokenizer is not written as tokenizer.json");
  }
}

const asId = (field: GgufField | undefined): number | undefined =>
  typeof field === "number" ? field : undefined;
