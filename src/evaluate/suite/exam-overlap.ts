import { EXAM_PARTS, type ExamCase, type ExamPart, type QuestionOverlap } from "../../data/index.ts";

/** How much of some questions stands in the training text, ignoring case and punctuation. */
export interface OverlapTally {
  readonly questions: number;
  /** Those that are a whole line or message of it. */
  readonly exact: number;
  /** Those that stand within a line or message of it, those included. */
  readonly within: number;
  /** Questions with turns before them, and those whose turns a user says one after the other in it. */
  readonly conversations: { readonly all: number; readonly found: number };
  /** Runs of 8 words of what the user says, and those that it has too. */
  readonly grams: { readonly all: number; readonly found: number };
}

export interface ExamOverlap {
  readonly parts: Readonly<Partial<Record<ExamPart, OverlapTally>>>;
  readonly skills: readonly {
    readonly skill: string;
    readonly parts: Readonly<Partial<Record<ExamPart, OverlapTally>>>;
  }[];
}

/** @param overlaps Of the questions, in their order. */
export function tallyOverlap(cases: readonly ExamCase[], overlaps: readonly QuestionOverlap[]): ExamOverlap {
  const all = cases.map((each, index) => ({ ...each, overlap: overlaps[index] }));
  const partsOf = (own: typeof all): Partial<Record<ExamPart, OverlapTally>> =>
    Object.fromEntries(
      EXAM_PARTS.flatMap((part) => {
        const some = own.flatMap((each) => (each.part === part && each.overlap ? [each.overlap] : []));
        return some.length > 0 ? [[part, tally(some)]] : [];
      }),
    );
  const skills = [...new Set(cases.map(({ skill }) => skill))];
  return {
    parts: partsOf(all),
    skills: skills.map((skill) => ({ skill, parts: partsOf(all.filter((each) => each.skill === skill)) })),
  };
}

const tally = (overlaps: readonly QuestionOverlap[]): OverlapTally => ({
  questions: overlaps.length,
  exact: overlaps.filter(({ exact }) => exact).length,
  within: overlaps.filter(({ within }) => within).length,
  conversations: {
    all: overlaps.filter(({ whole }) => whole !== undefined).length,
    found: overlaps.filter(({ whole }) => whole === true).length,
  },
  grams: {
    all: overlaps.reduce((sum, { grams }) => sum + grams.all, 0),
    found: overlaps.reduce((sum, { grams }) => sum + grams.found, 0),
  },
});
