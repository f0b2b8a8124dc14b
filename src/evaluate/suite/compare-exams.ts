import type { ExamPart } from "../../data/index.ts";

/** What came of a case, as far as comparing needs it. */
export interface CaseOutcome {
  readonly id: string;
  readonly skill: string;
  readonly part: ExamPart;
  readonly right: boolean;
}

/** Two models on the same questions. */
export interface Difference {
  /** Questions that both were asked. */
  readonly asked: number;
  /** Right answers of the one before, and of this one. */
  readonly before: number;
  readonly now: number;
  /** Questions that only this one, and that only the one before answers rightly. */
  readonly gained: number;
  readonly lost: number;
  /** How probable a difference at least so large is by chance, were both equally good: two-sided sign test. */
  readonly chance: number;
  /** Whether it is more than noise: at most 5% of tables without any difference show a single one that is called clear. */
  readonly clear: boolean;
}

export interface ExamComparison {
  readonly all: Difference;
  readonly parts: Readonly<Partial<Record<ExamPart, Difference>>>;
  readonly skills: readonly (Difference & { readonly skill: string; readonly part: ExamPart })[];
  /** Questions that only one of the two was asked: they are not compared. */
  readonly unmatched: number;
}

const LEVEL = 0.05;

/**
 * Compares two models question by question. Only those that one of them answers rightly and the other wrongly tell them apart: if
 * both were equally good, each would win such a question as often (sign test). Among the rows of skills and parts, and among the
 * parts, chances are weighed by Holm's method, since one of many looks large by chance.
 *
 * @see Holm 1979, A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
 */
export function compareExams(now: readonly CaseOutcome[], before: readonly CaseOutcome[]): ExamComparison {
  const known = new Map(before.map((each) => [each.id, each.right]));
  const pairs = now.flatMap(({ id, skill, part, right }) => {
    const was = known.get(id);
    return was === undefined ? [] : [{ skill, part, now: right, before: was }];
  });
  const parts = groups(pairs, ({ part }) => part);
  const cells = groups(pairs, ({ skill, part }) => `${skill}\n${part}`);
  const byPart = weighed([...parts.values()].map(differenceOf));
  const byCell = weighed([...cells.values()].map(differenceOf));
  return {
    all: weighed([differenceOf(pairs)])[0] ?? differenceOf(pairs),
    parts: Object.fromEntries([...parts.keys()].map((part, index) => [part, byPart[index]])),
    skills: [...cells.values()].flatMap((own, index) => {
      const [first, difference] = [own[0], byCell[index]];
      return first && difference ? [{ skill: first.skill, part: first.part, ...difference }] : [];
    }),
    unmatched: now.length + before.length - 2 * pairs.length,
  };
}

interface Pair {
  readonly now: boolean;
  readonly before: boolean;
}

function groups<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const own = found.get(key);
    if (own) own.push(item);
    else found.set(key, [item]);
  }
  return found;
}

function differenceOf(pairs: readonly Pair[]): Difference {
  const count = (counts: (pair: Pair) => boolean): number => pairs.filter(counts).length;
  const gained = count((pair) => pair.now && !pair.before);
  const lost = count((pair) => !pair.now && pair.before);
  return {
    asked: pairs.length,
    before: count((pair) => pair.before),
    now: count((pair) => pair.now),
    gained,
    lost,
    chance: signTest(gained, lost),
    clear: false,
  };
}

/** Says which differences are clear: the least probable one is held to the level over their number, the next to that over one less... */
function weighed(differences: readonly Difference[]): Difference[] {
  const order = differences.map((_, index) => index);
  order.sort((a, b) => (differences[a]?.chance ?? 1) - (differences[b]?.chance ?? 1));
  const clear = new Set<number>();
  for (const [rank, index] of order.entries()) {
    if ((differences[index]?.chance ?? 1) > LEVEL / (order.length - rank)) break;
    clear.add(index);
  }
  return differences.map((difference, index) => ({ ...difference, clear: clear.has(index) }));
}

/** How probable it is that coins fall at least so unevenly, in either direction. */
export function signTest(a: number, b: number): number {
  const [flips, fewer] = [a + b, Math.min(a, b)];
  // log of n over k, times 2^-n, from k = 0 up.
  let [logTerm, sum] = [-flips * Math.LN2, 0];
  for (let k = 0; k <= fewer; k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((flips - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
