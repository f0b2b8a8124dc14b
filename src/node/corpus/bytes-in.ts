import { type Item, textsOf } from "../../data/index.ts";

/** UTF-8 bytes of text in an item. */
export const bytesIn = (item: Item): number =>
  textsOf(item).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
