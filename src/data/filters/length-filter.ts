import { type Filter, type Finding, itemFilter } from "./filter.ts";

/** From how much to how much is kept, both included. */
export interface Bounds {
  /** @default 0 */
  readonly least?: number | undefined;
  /** @default Infinity */
  readonly most?: number | undefined;
}

/** What is wrong with a number of things, if it is. */
export function outside(
  count: number,
  { least = 0, most = Number.POSITIVE_INFINITY }: Bounds,
  thing: string,
): Finding | undefined {
  const things = `${count} ${thing}${count === 1 ? "" : "s"}`;
  if (count < least) return { why: `${things}, fewer than ${least}` };
  return count > most ? { why: `${things}, more than ${most}` } : undefined;
}

/** The characters of a text: code points, not UTF-16 units. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    const low = (text.charCodeAt(i) & 0xfc00) === 0xdc00;
    if (low && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/**
 * Keeps items of so many characters, in conversations of all messages together. A long document comes in pieces and is
 * not known as a whole: `most` counts what came so far, and what goes beyond it is left out.
 */
export function createLengthFilter(bounds: Bounds): Filter {
  let before = 0;
  return itemFilter("length", (_, item) => {
    const texts = item.kind === "text" ? [item] : item.messages;
    let length = item.kind === "text" && item.continues ? before : 0;
    for (const { text } of texts) length += characterCount(text);
    before = length;
    return outside(length, bounds, "character");
  });
}
