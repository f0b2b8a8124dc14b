import type { Item, Place } from "../item.ts";
import { passagesOf } from "./passages.ts";

/** What a filter found wrong. */
export interface Finding {
  /** In a few words. */
  readonly why: string;
  /** Where it begins in the item's text (`textOf`), in UTF-16 units. @default 0 */
  readonly at?: number | undefined;
  /** Whether a report shows only what is before it. @default false */
  readonly hidden?: boolean | undefined;
}

/**
 * Looks at items one after another. It may remember what it saw; it never changes an item, but may give back a smaller
 * one.
 */
export interface Filter {
  readonly name: string;
  /** The item, what is left of it, or nothing; each cause goes to `found`. `text` is the item's `textOf`. */
  apply(item: Item, text: string, found: (finding: Finding) => void): Item | undefined;
}

/** What a filter did. */
export interface FilterReport {
  readonly name: string;
  /** Items it was asked about. */
  readonly seen: number;
  /** Items that it left out. */
  readonly dropped: number;
  /** Longer texts that it kept without some of their passages. */
  readonly cut: number;
  /** Of the characters it was asked about, those that it left out, from 0 to 1. */
  readonly share: number;
  /** The first few things that it found. */
  readonly examples: readonly FilterExample[];
}

export interface FilterExample {
  readonly place: Place;
  /** Shortened. */
  readonly text: string;
  readonly why: string;
}

/** An item's text: of a conversation, its messages line by line. */
export const textOf = (item: Item): string =>
  item.kind === "text" ? item.text : item.messages.map(({ text }) => text).join("\n");

type Judge = (text: string, item: Item) => Finding | undefined;

/** A filter that keeps or drops whole items. */
export const itemFilter = (name: string, judge: Judge): Filter => ({
  name,
  apply(item, text, found) {
    const finding = judge(text, item);
    if (finding) found(finding);
    return finding ? undefined : item;
  },
});

/**
 * A text of up to this many UTF-16 units stands or falls as a whole: a story without its middle is none. A longer one
 * loses the passages in question: one of them is no reason to lose a book.
 */
export const WHOLE_UP_TO = 8000;

/** A filter that drops conversations and short texts, and cuts passages from longer texts. */
export const passageFilter = (name: string, judge: (passage: string) => Finding | undefined): Filter => {
  const whole = itemFilter(name, judge);
  return {
    name,
    apply(item, text, found) {
      if (item.kind === "conversation" || text.length <= WHOLE_UP_TO) return whole.apply(item, text, found);
      const kept: string[] = [];
      let size = 0;
      for (const { from, to } of passagesOf(text, WHOLE_UP_TO)) {
        const passage = text.slice(from, to);
        const finding = judge(passage);
        if (finding) found({ ...finding, at: from + (finding.at ?? 0) });
        else {
          kept.push(passage);
          size += passage.length;
        }
      }
      if (size === text.length) return item;
      // What little is left of a text that is bad for the most part is no text.
      return 2 * size < text.length ? undefined : { ...item, text: kept.join("") };
    },
  };
};
