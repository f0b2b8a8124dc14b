import { shortened } from "../../base/index.ts";
import type { Item, Place } from "../item.ts";
import { type Filter, type FilterExample, type FilterReport, type Finding, textOf } from "./filter.ts";

const EXAMPLES = 3;
/** Characters of an example: some before what was found, so that one sees where it is. */
const SHOWN = 80;
const BEFORE = 20;

/**
 * A filter that counts what it does. Of a long document, whose pieces come as items, all that follows a dropped piece is
 * dropped too: what continues would not fit to what is before.
 */
export class FilterTally {
  readonly #filter: Filter;
  readonly #examples: FilterExample[] = [];
  readonly #characters = { seen: 0, kept: 0 };
  #seen = 0;
  #dropped = 0;
  #cut = 0;
  #dropping = false;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  apply(item: Item): Item | undefined {
    const text = textOf(item);
    const rest = this.#dropping && item.kind === "text" && item.continues === true;
    const left = rest
      ? undefined
      : this.#filter.apply(item, text, (finding) => this.#found(item, text, finding));
    this.#dropping = left === undefined;
    this.#seen++;
    this.#characters.seen += text.length;
    if (left === undefined) this.#dropped++;
    else this.#characters.kept += left === item ? text.length : textOf(left).length;
    if (left && left !== item) this.#cut++;
    return left;
  }

  #found(item: Item, text: string, { why, at = 0, hidden }: Finding): void {
    if (this.#examples.length >= EXAMPLES) return;
    const few = hidden ? `${excerpt(text.slice(0, at), at)} …` : excerpt(text, at);
    this.#examples.push({ place: placeIn(item, text, at), text: few, why });
  }

  report(): FilterReport {
    const { seen, kept } = this.#characters;
    return {
      name: this.#filter.name,
      seen: this.#seen,
      dropped: this.#dropped,
      cut: this.#cut,
      share: seen === 0 ? 0 : (seen - kept) / seen,
      examples: [...this.#examples],
    };
  }
}

/** Files of records, whose texts have other lines than the file. */
const RECORDS = /\.(?:jsonl?|ndjson|csv|tsv|parquet|ya?ml)(?:\.gz)?$/i;

/** The file and line of a place in an item's text; where the item begins, if lines of the text are none of the file. */
export function placeIn(item: Item, text: string, at: number): Place {
  const same = item.kind === "text" && !RECORDS.test(item.file);
  const lines = same ? (text.slice(0, at).match(/\n/g)?.length ?? 0) : 0;
  return { file: item.file, line: item.line + lines };
}

/** A few words around a place in a text, in one line. */
export function excerpt(text: string, at: number, most: number = SHOWN): string {
  const from = Math.max(0, at - BEFORE);
  const start = from === 0 ? 0 : from + Math.max(0, text.slice(from, at).search(/\s/) + 1);
  const few = shortened(
    text
      .slice(start, start + 2 * most)
      .replaceAll(/\s+/g, " ")
      .trim(),
    most,
  );
  return start === 0 ? few : `…${few}`;
}
