import type { Rule } from "../../data/index.ts";
import type { Reply } from "./replier.ts";
import { countSentences, placesOf, type Span, wordsOf } from "./words.ts";

/**
 * Why a reply is not right: it says nothing; it says that it does not know, and should; it should say that it does not know;
 * it lacks what is right; it holds what is wrong; it has too few sentences; it does not end.
 */
export type Fault = "silent" | "refuses" | "invents" | "misses" | "wrong" | "short" | "endless";

export interface ReplyGrade {
  readonly right: boolean;
  /** It says that it does not know, whether that is right or not. */
  readonly refused: boolean;
  /** Absent where it is right. */
  readonly fault?: Fault | undefined;
  /** The first wrong text that it holds, where that is its fault. */
  readonly found?: string | undefined;
}

/**
 * Grades a reply by its rule. Words are compared whole, without case and punctuation, numbers alike as digits and as words. A
 * wrong text, and a mark of not knowing, counts only where it is no part of a right text: "light blue" is not blue.
 *
 * @param reply One that was cut off is never right, but where sentences are counted: a long story may have no end.
 * @param marks What tells a reply that says it does not know ("do not know").
 */
export function gradeReply(rule: Rule, reply: string | Reply, marks: readonly string[]): ReplyGrade {
  const { text, cut } = typeof reply === "string" ? { text: reply, cut: false } : reply;
  const words = wordsOf(text);
  const holds = (text: string): boolean => placesOf(text, words).length > 0;
  const allowed = rule.right.flat().flatMap((text) => placesOf(text, words));
  const holdsApart = (text: string): boolean =>
    placesOf(text, words).some((place) => !allowed.some((span) => lies(place, span)));
  const refused = marks.some(holdsApart);
  const fault = (fault: Fault, found?: string): ReplyGrade => ({
    right: false,
    refused,
    fault,
    ...(found === undefined ? {} : { found }),
  });
  if (words.length === 0) return fault("silent");
  if (rule.refuses && !refused) return fault("invents");
  if (!rule.refuses) {
    if (refused) return fault("refuses");
    if (rule.right.length > 0 && !rule.right.some((texts) => texts.every(holds))) return fault("misses");
  }
  const wrong = rule.wrong.find(holdsApart);
  if (wrong !== undefined) return fault("wrong", wrong);
  const { sentences = 0 } = rule;
  if (countSentences(text) < sentences) return fault("short");
  if (cut && sentences === 0) return fault("endless");
  return { right: true, refused };
}

const lies = ([from, to]: Span, [start, end]: Span): boolean => from >= start && to <= end;

/** What a rule wants, for people. */
export function describeRule({ right, wrong, refuses, sentences = 0 }: Rule): string {
  const lists = right.map((texts) => texts.join(" + "));
  const parts = [
    ...(refuses ? ["that it does not know"] : lists.length > 0 ? [some(lists, " or ")] : []),
    ...(sentences > 0 ? [`${sentences} sentences or more`] : []),
    ...(wrong.length > 0 && !refuses ? [`none of ${some(wrong, ", ")}`] : []),
  ];
  return parts.join("; ") || "any words";
}

const MOST_SHOWN = 6;
const some = (texts: readonly string[], between: string): string =>
  texts.length > MOST_SHOWN
    ? `${texts.slice(0, MOST_SHOWN).join(between)} and ${texts.length - MOST_SHOWN} more`
    : texts.join(between);
