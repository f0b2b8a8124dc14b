import { comparable } from "../hashing/comparable.ts";
import { fold } from "../hashing/fold.ts";
import { hash64 } from "../hashing/hash.ts";
import { HashTable } from "../hashing/hash-table.ts";
import { type Filter, itemFilter } from "./filter.ts";

/**
 * Drops what was there before, whatever its case and spaces. It remembers a hash of 64 bits an item: 11 to 23 bytes,
 * for ten million items 134 MB. A long document is compared piece by piece.
 */
export function createExactDuplicatesFilter(): Filter {
  const seen = new HashTable();
  return itemFilter("duplicates", (_, item) =>
    seen.add(hash64(fold(comparable(item), "signs"))) ? undefined : { why: "was there before" },
  );
}
