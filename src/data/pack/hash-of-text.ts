import { hash64 } from "../hashing/hash.ts";

/** A hash of 32 bits. */
export const hashOfText = (text: string): number =>
  hash64(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))).low >>> 0;
