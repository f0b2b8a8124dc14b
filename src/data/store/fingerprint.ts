import { type ByteSource, encodeText } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { STORE_FORMAT } from "./store-index.ts";

/** In hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Bytes that are hashed at once. */
const BLOCK = 1 << 22;

/**
 * Tells contents apart, however large, piece by piece: the SHA-256 of the SHA-256s of its blocks of 4 MiB. (What browsers
 * have hashes only what is in memory as a whole.)
 */
export async function contentsHash(source: ByteSource): Promise<string> {
  const digests: string[] = [String(source.size)];
  for (let from = 0; from < source.size; from += BLOCK) {
    const block = await source.read(from, Math.min(source.size, from + BLOCK));
    digests.push(await sha256(block as Uint8Array<ArrayBuffer>));
  }
  return sha256(utf8(digests.join("\n")));
}

export interface FingerprintOptions {
  /** What tells each source apart, in order: its `contentsHash`, or a name with a revision. */
  readonly sources: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly contextWindow: number;
  /** Whatever else decides what the items are: filters, fields, formats. */
  readonly settings?: unknown;
}

/** The name of the store that these would make: the same for the same tokens, so that a store can be used again. */
export function storeFingerprint({
  sources,
  tokenizer,
  contextWindow,
  settings,
}: FingerprintOptions): Promise<string> {
  const all = ["tokens", STORE_FORMAT, sources, tokenizer.toJson(), contextWindow, settings ?? null];
  return sha256(utf8(JSON.stringify(all)));
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => encodeText(text).slice();
