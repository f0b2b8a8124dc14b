import { NearIndex } from "../hashing/near-index.ts";
import { shinglesOf } from "../hashing/shingles.ts";
import { type Filter, itemFilter } from "./filter.ts";

/** The Jaccard similarity of the sets of shingles from which on two texts are near duplicates. */
export const NEAR = 0.8;

/**
 * Drops what is nearly the same as an item before it: at least 80% of the runs of five words (of five characters, where
 * there are fewer than 30 words) of the two are common to both, whatever their case, spaces and punctuation. It
 * remembers 310 to 490 bytes an item; after a million it goes on to compare with those.
 */
export function createNearDuplicatesFilter(): Filter {
  const seen = new NearIndex(NEAR);
  return itemFilter("duplicates", (text) =>
    seen.add(shinglesOf(text)) ? undefined : { why: "nearly the same was there before" },
  );
}
