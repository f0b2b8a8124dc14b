import { EXAM_PARTS, type ExamPart } from "../../data/index.ts";
import type { PlayedCase } from "./play-exam.ts";

/** How many were right of those that were asked. */
export interface Tally {
  readonly asked: number;
  readonly right: number;
}

/** A share from 0 to 1; 0 of nothing. */
export const shareRight = ({ asked, right }: Tally): number => (asked === 0 ? 0 : right / asked);

/** Several tallies as one. */
export const summed = (tallies: readonly Tally[]): Tally => ({
  asked: tallies.reduce((sum, { asked }) => sum + asked, 0),
  right: tallies.reduce((sum, { right }) => sum + right, 0),
});

export interface SkillScore {
  readonly skill: string;
  readonly all: Tally;
  /** The parts that it has. */
  readonly parts: Readonly<Partial<Record<ExamPart, Tally>>>;
}

export interface ExamScores {
  readonly all: Tally;
  readonly parts: Readonly<Partial<Record<ExamPart, Tally>>>;
  /** In the order in which the exam asks for them. */
  readonly skills: readonly SkillScore[];
  readonly refusals: {
    /** Questions to which it should say that it does not know, and did. */
    readonly right: Tally;
    /** Questions to which it should not; `right` counts those where it did say so: fewer are better. */
    readonly wrong: Tally;
  };
  /** Questions about what was told before, by how many turns before, the nearest first. */
  readonly memory: readonly (Tally & { readonly distance: number })[];
}

export function scoreExam(played: readonly PlayedCase[]): ExamScores {
  const skills = [...new Set(played.map((each) => each.case.skill))];
  const distances = [...new Set(played.flatMap((each) => each.case.distance ?? []))].sort((a, b) => a - b);
  const wanted = played.filter((each) => each.case.rule.refuses);
  const others = played.filter((each) => !each.case.rule.refuses);
  return {
    all: tally(played),
    parts: partsOf(played),
    skills: skills.map((skill) => {
      const own = played.filter((each) => each.case.skill === skill);
      return { skill, all: tally(own), parts: partsOf(own) };
    }),
    refusals: {
      right: tally(wanted, ({ grade }) => grade.refused),
      wrong: tally(others, ({ grade }) => grade.refused),
    },
    memory: distances.map((distance) => ({
      distance,
      ...tally(played.filter((each) => each.case.distance === distance)),
    })),
  };
}

const tally = (
  played: readonly PlayedCase[],
  counts: (each: PlayedCase) => boolean = ({ grade }) => grade.right,
): Tally => ({ asked: played.length, right: played.filter(counts).length });

function partsOf(played: readonly PlayedCase[]): Partial<Record<ExamPart, Tally>> {
  const parts = EXAM_PARTS.map((part) => [part, played.filter((each) => each.case.part === part)] as const);
  return Object.fromEntries(
    parts.filter(([, own]) => own.length > 0).map(([part, own]) => [part, tally(own)]),
  );
}
