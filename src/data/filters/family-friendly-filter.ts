import { UNFRIENDLY } from "./family-words.ts";
import { type Filter, passageFilter } from "./filter.ts";

/**
 * Drops what has words that no family wants to hear: whole words, whatever their case. `cock` crows, `ass` carries and
 * `Dick` whistles in old stories, so such words count in a coarse turn of phrase only. It knows English words, not what
 * is meant by others.
 */
export const createFamilyFriendlyFilter = (): Filter =>
  passageFilter("familyFriendly", (passage) => {
    const at = passage.search(UNFRIENDLY);
    // The report should be friendly as well.
    return at < 0 ? undefined : { why: "has a word that is not family-friendly", at, hidden: true };
  });
