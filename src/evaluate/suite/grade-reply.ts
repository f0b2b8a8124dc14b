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
  const { sentences = 0 } = rule;
  const words = wordsOf(text);
  const allowed = rule.right.flat().flatMap((each) => placesOf(each, words));
  const holdsApart = (each: string): boolean =>
    placesOf(each, words).some((place) => !allowed.some((span) => lies(place, span)));
  const enough = countSentences(text) >= sentences;
  // In a story somebody may not know something.
  const refused = !(sentences > 0 && enough) && marks.some(holdsApart);
  const found = rule.wrong.find(holdsApart);
  const fault =
    words.length === 0
      ? "silent"
      : (faultOfSense(rule, words, refused) ??
        (found === undefined ? undefined : "wrong") ??
        (enough ? undefined : "short") ??
        (cut && sentences === 0 ? "endless" : undefined));
  if (!fault) return { right: true, refused };
  return { right: false, refused, fault, ...(fault === "wrong" ? { found } : {}) };
}

/** Whether it refuses where it should, and says what is right where it should. */
function faultOfSense(
  { right, refuses }: Rule,
  words: readonly string[],
  refused: boolean,
): Fault | undefined {
  if (refuses) return refused ? undefined : "invents";
  if (refused) return "refuses";
  const holds = (each: string): boolean => placesOf(each, words).length > 0;
  return right.length === 0 || right.some((texts) => texts.every(holds)) ? undefined : "misses";
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
