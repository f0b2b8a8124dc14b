import type { SpecialTokens } from "./special-tokens.ts";
import type { TokenBytes } from "./token-bytes.ts";
import type { DecodeStream, TokenArray, Tokenizer } from "./tokenizer.ts";

/** What all tokenizers have in common: each token stands for some bytes. */
export abstract class BytesTokenizer implements Tokenizer {
  abstract readonly kind: Tokenizer["kind"];
  abstract readonly size: number;
  abstract readonly special: SpecialTokens;
  protected abstract readonly bytes: TokenBytes;

  abstract encodeToArray(text: string): TokenArray;
  abstract show(id: number): string;
  abstract toJson(): Record<string, unknown>;

  encode(text: string): number[] {
    return Array.from(this.encodeToArray(text));
  }

  decode(ids: Iterable<number>): string {
    return this.bytes.decode(ids);
  }

  decodeStream(): DecodeStream {
    return this.bytes.stream();
  }

  bytesOf(ids: Iterable<number>): Uint8Array {
    return this.bytes.of(ids);
  }

  byteLength(id: number): number {
    return this.bytes.length(id);
  }

  countBytes(ids: Iterable<number>): number {
    return this.bytes.count(ids);
  }
}
