import { ParrotletError, shown } from "../../base/index.ts";
import type { Item } from "../item.ts";
import { createBoilerplateFilter } from "./boilerplate-filter.ts";
import { createExactDuplicatesFilter } from "./exact-duplicates-filter.ts";
import { createFamilyFriendlyFilter } from "./family-friendly-filter.ts";
import type { Filter, FilterReport } from "./filter.ts";
import { FilterTally } from "./filter-tally.ts";
import { createLanguageDetector, createLanguageFilter } from "./language-filter.ts";
import { type Bounds, createLengthFilter } from "./length-filter.ts";
import { createNearDuplicatesFilter } from "./near-duplicates-filter.ts";
import { createPlaceholdersFilter } from "./placeholders-filter.ts";
import { createQualityFilter } from "./quality-filter.ts";
import { createTurnsFilter } from "./turns-filter.ts";

/**
 * Which items to learn from. A filter that is not named is off. `placeholders`, `familyFriendly` and `quality` drop
 * conversations and short texts, but of texts of more than 8,000 UTF-16 units only the paragraphs in question, unless
 * those are more than half.
 */
export interface FilterConfig {
  /** Cuts the header and licence that Project Gutenberg puts around a book. @default false */
  readonly boilerplate?: boolean | undefined;
  /** Characters of an item. */
  readonly length?: Bounds | undefined;
  /** Messages of a conversation, the system's not counted. */
  readonly turns?: Bounds | undefined;
  /** ISO 639-1 or 639-3, as `en` or `eng`. Items of fewer than 40 letters are kept: they are too short to tell. */
  readonly language?: string | undefined;
  /** Drops what has placeholders, as `[name]`. @default false */
  readonly placeholders?: boolean | undefined;
  /** Drops what has words that no family wants to hear. @default false */
  readonly familyFriendly?: boolean | undefined;
  /** Drops what is hardly text. @default false */
  readonly quality?: boolean | undefined;
  /** Drops what was there before: the same but for case and spaces, or nearly the same. */
  readonly duplicates?: "exact" | "near" | undefined;
}

type FilterName = keyof FilterConfig;

/** In the order in which they look at an item: duplicates last, so that none hides behind one that is dropped. */
export const filterNames: readonly FilterName[] = [
  "boilerplate",
  "length",
  "turns",
  "language",
  "placeholders",
  "familyFriendly",
  "quality",
  "duplicates",
];

const create: Record<
  FilterName,
  (config: FilterConfig) => Filter | false | undefined | Promise<Filter | undefined>
> = {
  boilerplate: ({ boilerplate }) => boilerplate && createBoilerplateFilter(),
  length: ({ length }) => length && createLengthFilter(checked("length", length)),
  turns: ({ turns }) => turns && createTurnsFilter(checked("turns", turns)),
  language: async ({ language }) =>
    language === undefined ? undefined : createLanguageFilter(language, await createLanguageDetector()),
  placeholders: ({ placeholders }) => placeholders && createPlaceholdersFilter(),
  familyFriendly: ({ familyFriendly }) => familyFriendly && createFamilyFriendlyFilter(),
  quality: ({ quality }) => quality && createQualityFilter(),
  duplicates: ({ duplicates }) => {
    if (duplicates === undefined) return undefined;
    return duplicates === "near" ? createNearDuplicatesFilter() : createExactDuplicatesFilter();
  },
};

function checked(name: string, bounds: Bounds): Bounds {
  const { least = 0, most = Number.POSITIVE_INFINITY } = bounds;
  if (least >= 0 && most >= least) return bounds;
  throw new ParrotletError(
    "filter-config",
    `The filter ${name} has least ${shown(least)} and most ${shown(most)}, so it would keep nothing. Take 0 <= least <= most.`,
  );
}

/** Filters one behind the other, over a stream of items in their order. */
export interface Filters {
  /** The item, what is left of it, or nothing. */
  apply(item: Item): Item | undefined;
  /** What each filter did so far. */
  reports(): FilterReport[];
}

/** The filters that a config names. Throws `filter-config` and `filter-language`. */
export async function createFilters(config: FilterConfig): Promise<Filters> {
  const tallies: FilterTally[] = [];
  for (const name of filterNames) {
    const filter = await create[name](config);
    if (filter) tallies.push(new FilterTally(filter));
  }
  return {
    apply(item) {
      let left: Item | undefined = item;
      for (const tally of tallies) left = left && tally.apply(left);
      return left;
    },
    reports: () => tallies.map((tally) => tally.report()),
  };
}
