import { unspell } from "../../text/index.ts";

/**
 * The bytes of a token as its vocabulary spells it: `bytes`, a visible character for each byte (GPT-2); `words`, where `▁` is a space
 * and `<0x0A>` a byte (SentencePiece); `text`, as it is.
 */
export function bytesOfPiece(piece: string, form: "bytes" | "words" | "text"): Uint8Array {
  if (form === "bytes") {
    const bytes = unspell(piece);
    if (bytes) return bytes;
  }
  if (form !== "words") return new TextEncoder().encode(piece);
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
  return byte
    ? Uint8Array.of(Number.parseInt(byte, 16))
    : new TextEncoder().encode(piece.replaceAll("▁", " "));
}
