import { ParrotletError, shown } from "../../base/index.ts";
import type { DecodeStream, SpecialTokens, TokenArray, Tokenizer } from "../../text/index.ts";
import { bytesOfPiece } from "./token-pieces.ts";
import type { HubTokenizer } from "./transformers-library.ts";

/** A byte order mark within text is text. */
const newDecoder = (): TextDecoder => new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A tokenizer of transformers.js by our interface: what its tokens are in bytes comes from the pieces in its `tokenizer.json`, so
 * that text comes whole character by whole character, and log-probabilities can tell bytes.
 */
export class TransformersTokens implements Tokenizer {
  readonly kind = "bpe";
  readonly size: number;
  readonly special: SpecialTokens;
  /** Whether the bytes of every token are known; else, those of tokens that are parts of characters are not. */
  readonly exact: boolean;
  readonly #tokenizer: HubTokenizer;
  readonly #bytes: readonly Uint8Array[];
  readonly #ids: ReadonlySet<number>;

  /** @param size Tokens that the model has logits for; some may have no text. */
  constructor(tokenizer: HubTokenizer, size: number) {
    this.#tokenizer = tokenizer;
    this.size = size;
    this.#ids = new Set(tokenizer.all_special_ids);
    const pieces = piecesOf(tokenizer._tokenizerJSON);
    this.exact = pieces.size > 0;
    const plain = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
    this.#bytes = Array.from({ length: size }, (_, id) => {
      if (this.#ids.has(id)) return new Uint8Array();
      const piece = pieces.get(id);
      if (piece) return bytesOfPiece(piece.text, piece.form);
      return new TextEncoder().encode(tokenizer.decode([id], plain));
    });
    const eos = tokenizer.eos_token_id ?? size;
    const none = { sep: undefined, system: undefined, user: undefined, assistant: undefined, unk: undefined };
    this.special = { pad: tokenizer.pad_token_id ?? eos, bos: tokenizer.bos_token_id ?? eos, eos, ...none };
  }

  encode(text: string): number[] {
    const ids = this.#tokenizer.encode(text, { add_special_tokens: false });
    // What a vocabulary has no token for comes as undefined where there is none for unknown text either.
    if (ids.every(Number.isSafeInteger)) return ids;
    throw new ParrotletError("unknown-character", `The model has no token for a part of ${shown(text)}.`);
  }

  encodeToArray(text: string): TokenArray {
    return Uint32Array.from(this.encode(text));
  }

  decode(ids: Iterable<number>): string {
    return newDecoder().decode(this.bytesOf(ids));
  }

  decodeStream(): DecodeStream {
    const decoder = newDecoder();
    return {
      push: (id) => decoder.decode(this.#bytes[id] ?? new Uint8Array(), { stream: true }),
      flush: () => decoder.decode(),
    };
  }

  bytesOf(ids: Iterable<number>): Uint8Array {
    return Uint8Array.from(Array.from(ids).flatMap((id) => [...(this.#bytes[id] ?? [])]));
  }

  byteLength(id: number): number {
    return this.#bytes[id]?.length ?? 0;
  }

  countBytes(ids: Iterable<number>): number {
    return Array.from(ids).reduce((sum, id) => sum + this.byteLength(id), 0);
  }

  show(id: number): string {
    const bytes = this.#bytes[id];
    if (bytes && bytes.length > 0) return newDecoder().decode(bytes);
    return id < this.size ? this.#tokenizer.decode([id], { skip_special_tokens: false }) : `token ${id}`;
  }

  toJson(): Record<string, unknown> {
    return { ...(this.#tokenizer._tokenizerJSON as Record<string, unknown> | undefined) };
  }
}

interface Piece {
  readonly text: string;
  readonly form: "bytes" | "words" | "text";
}

/** The pieces of a `tokenizer.json` by their ids; none where they cannot be read from it. */
function piecesOf(json: unknown): Map<number, Piece> {
  const file = objectOf(json);
  const { vocab } = objectOf(file["model"]);
  const decoder = JSON.stringify(file["decoder"] ?? null);
  const form = decoder.includes('"ByteLevel"') ? "bytes" : decoder.includes("▁") ? "words" : "text";
  const pieces = new Map<number, Piece>();
  if (Array.isArray(vocab)) {
    // Of Unigram: [piece, score], in the order of ids.
    for (const [id, entry] of vocab.entries())
      pieces.set(id, { text: String((entry as unknown[])[0]), form });
  } else {
    for (const [text, id] of Object.entries(objectOf(vocab))) pieces.set(Number(id), { text, form });
  }
  const added = Array.isArray(file["added_tokens"]) ? file["added_tokens"] : [];
  for (const token of added.map(objectOf))
    pieces.set(Number(token["id"]), { text: String(token["content"]), form: "text" });
  // WordPiece joins its pieces by rules that no piece shows.
  return decoder.includes('"WordPiece"') ? new Map() : pieces;
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
