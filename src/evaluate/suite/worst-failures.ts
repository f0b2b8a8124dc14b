import type { PlayedCase } from "./play-exam.ts";
import { scoreExam, shareRight } from "./score-exam.ts";

/**
 * Failures that tell most: one of each skill, the skill with the lowest share of right answers first, then a second one of each, and so
 * on. Within a skill its worst part comes first, and there the order of the exam decides. So it is always the same ones.
 *
 * @param most @default 10
 */
export function worstFailures(played: readonly PlayedCase[], most = 10): PlayedCase[] {
  const { skills } = scoreExam(played);
  const queues = skills
    .toSorted((a, b) => shareRight(a.all) - shareRight(b.all))
    .map(({ skill, parts }) => {
      const score = ({ case: { part } }: PlayedCase): number =>
        shareRight(parts[part] ?? { asked: 0, right: 0 });
      return played
        .filter((each) => each.case.skill === skill && !each.grade.right)
        .toSorted((a, b) => score(a) - score(b));
    });
  const worst: PlayedCase[] = [];
  const deepest = Math.max(0, ...queues.map(({ length }) => length));
  for (let place = 0; place < deepest && worst.length < most; place++) {
    worst.push(...queues.flatMap((queue) => queue[place] ?? []));
  }
  return worst.slice(0, most);
}
