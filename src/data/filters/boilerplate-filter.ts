import type { TextPiece } from "../item.ts";
import type { Filter } from "./filter.ts";

/** `*** START OF THIS PROJECT GUTENBERG EBOOK ... ***`, or the end of the small print of older files. */
const START = /^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*\n|^\*END\*? ?THE SMALL PRINT![^\n]*\n/im;
/** Who typed it, right after that line. */
const CREDITS =
  /^\s*(?:e-?text |transcribed |this (?:e-?text|e-?book) was )?(?:prepared|produced) by[^\n]*(?:\n[ \t]*\S[^\n]*)*\n/i;
const END = /^(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG|end of (?:the |this )?project gutenberg)/im;

/**
 * Cuts what Project Gutenberg puts before and after a book: the header up to its `*** START OF` line, and its licence
 * from `*** END OF` on. Other texts come through as they are.
 */
export function createBoilerplateFilter(): Filter {
  let ended = false;
  return {
    name: "boilerplate",
    apply(item, text, found) {
      if (item.kind === "conversation") return item;
      if (item.continues !== true) ended = false;
      if (ended) return undefined;
      const book = bookWithin(text, item.continues !== true);
      ended = book.to < text.length;
      if (book.from > 0) found({ why: `a header of ${book.from} characters` });
      if (ended) found({ why: "the licence after the book", at: book.to });
      return book.to - book.from === text.length ? item : withText(item, text.slice(book.from, book.to));
    },
  };
}

function bookWithin(text: string, first: boolean): { from: number; to: number } {
  const start = first ? START.exec(text) : null;
  let from = start ? start.index + start[0].length : 0;
  if (start) from += CREDITS.exec(text.slice(from, from + 2000))?.[0].length ?? 0;
  const end = text.slice(from).search(END);
  return { from, to: end < 0 ? text.length : from + end };
}

function withText(item: TextPiece, text: string): TextPiece | undefined {
  const book = text.trim();
  return book === "" ? undefined : { ...item, text: `${book}\n` };
}
