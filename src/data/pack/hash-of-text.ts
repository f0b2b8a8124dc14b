import { hash64 } from "../hashing/hash.ts";

/** A hash of 32 bits. */
export function hashOfText(text: string): number {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return hash64(units).low >>> 0;
}
