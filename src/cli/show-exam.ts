import chalk from "chalk";
import { EXAM_PARTS, type ExamPart } from "../data/index.ts";
import {
  type Difference,
  describeFault,
  type ExamComparison,
  type ExamFailure,
  type ExamReport,
  type OverlapTally,
  shareRight,
  type Tally,
} from "../evaluate/index.ts";
import { count, counted, harmless, indented, oneLine, percent, print, table } from "./terminal.ts";

/** A score from here on is good, and from here on middling. */
const [GOOD, MIDDLING] = [0.9, 0.6];

/** An exam's report for people. */
export function printExam(report: ExamReport): void {
  const { model, suite, scores } = report;
  const parts = EXAM_PARTS.filter((part) => scores.parts[part]);
  print();
  print(chalk.bold(`${model.label} in the exam ${suite.name}`));
  print(
    chalk.dim(
      `${counted(scores.all.asked, "question")}, ${counted(model.parameters, "parameter")}; right, and right/asked`,
    ),
  );
  print();
  printScores(report, parts);
  print();
  printRefusals(report);
  printBaselines(report, parts);
  printFailures(report.failures);
}

function printScores({ scores, overlap, overlapMissing }: ExamReport, parts: readonly ExamPart[]): void {
  const row = (
    name: string,
    own: ExamReport["scores"]["parts"],
    all: Tally,
    tallies: Readonly<Partial<Record<ExamPart, OverlapTally>>> | undefined,
  ): string[] => [name, ...parts.map((part) => scoreCell(own[part], tallies?.[part])), scoreCell(all)];
  const bySkill = new Map(overlap?.skills.map((each) => [each.skill, each.parts]));
  const rows = scores.skills.map(({ skill, parts: own, all }) => row(skill, own, all, bySkill.get(skill)));
  rows.push(row(chalk.bold("all"), scores.parts, scores.all, undefined));
  if (overlap) rows.push(...overlapRows(overlap.parts, parts));
  print(table(["skill", ...parts, "all"], rows));
  if (overlap) {
    const about =
      "=N: so many of these questions stand in the training text word for word, ignoring case and punctuation.";
    print(chalk.dim(about));
  } else
    print(chalk.yellow(`Overlap with the training text: not known. It is not at hand: ${overlapMissing}.`));
}

/** How much of the questions the training text has, under the scores. */
function overlapRows(
  all: Readonly<Partial<Record<ExamPart, OverlapTally>>>,
  parts: readonly ExamPart[],
): string[][] {
  const row = (
    name: string,
    cellOf: (tally: OverlapTally) => readonly [found: number, of: number],
  ): string[] => [
    chalk.dim(name),
    ...parts.map((part) => (all[part] ? overlapCell(part, ...cellOf(all[part])) : "")),
    "",
  ];
  return [
    row("in training: a whole line", ({ exact, questions }) => [exact, questions]),
    row("  within a line", ({ within, questions }) => [within, questions]),
    row("  all of the user's turns", ({ conversations: { found, all } }) => [found, all]),
    row("  runs of 8 words", ({ grams: { found, all } }) => [found, all]),
  ];
}

/** Overlap is what one expects of questions that were seen, and nowhere else. */
function overlapCell(part: ExamPart, found: number, of: number): string {
  if (of === 0) return chalk.dim("-");
  const text = `${shareText(found / of)} ${found}/${of}`;
  return part === "seen" || found === 0 ? chalk.dim(text) : chalk.yellow(text);
}

/** ` 98%`: as wide for all, so that they stand below each other. */
const shareText = (share: number): string => {
  const whole = share > 0 && share < 1 ? Math.min(99, Math.max(1, Math.round(100 * share))) : 100 * share;
  return `${String(whole).padStart(3)}%`;
};

function scoreCell(tally: Tally | undefined, overlap?: OverlapTally): string {
  if (!tally || tally.asked === 0) return "";
  const share = shareRight(tally);
  const color = share >= GOOD ? chalk.green : share >= MIDDLING ? chalk.yellow : chalk.red;
  const seen = overlap && overlap.exact > 0 ? chalk.dim(` =${overlap.exact}`) : "";
  return `${color(shareText(share))} ${chalk.dim(`${tally.right}/${tally.asked}`)}${seen}`;
}

function printRefusals({ scores: { refusals, memory } }: ExamReport): void {
  const said = ({ right, asked }: Tally): string =>
    asked === 0 ? "not asked" : `${percent(right / asked)} (${count(right)} of ${count(asked)})`;
  print(`says that it does not know   where it should: ${said(refusals.right)}`);
  print(`                             where it should not: ${said(refusals.wrong)}`);
  if (memory.length === 0) return;
  print();
  print("what was told before, by how many turns before");
  print(
    table(
      ["turns", ...memory.map(({ distance }) => String(distance))],
      [["right", ...memory.map((tally) => scoreCell(tally))]],
    ),
  );
}

function printBaselines({ model, scores, baselines }: ExamReport, parts: readonly ExamPart[]): void {
  if (baselines.length === 0) return;
  print();
  print(chalk.bold("Beside what knows less"));
  const rows = [{ name: model.label, scores }, ...baselines].map(({ name, scores: own }) => {
    const memory = {
      asked: own.memory.reduce((sum, { asked }) => sum + asked, 0),
      right: own.memory.reduce((sum, { right }) => sum + right, 0),
    };
    return [name, ...parts.map((part) => scoreCell(own.parts[part])), scoreCell(own.all), scoreCell(memory)];
  });
  print(table(["", ...parts, "all", "memory"], rows));
}

/** Failures in full: what was said, and what should have been. */
export function printFailures(failures: readonly ExamFailure[]): void {
  if (failures.length === 0) return;
  print();
  print(chalk.bold(`${counted(failures.length, "failure")} in full: one of each skill, the weakest first`));
  for (const failure of failures) {
    print();
    print(chalk.dim(`${failure.skill}, ${failure.part}`));
    for (const { role, text } of failure.conversation) {
      const start = role === "user" ? chalk.cyan("  user   ") : "  model  ";
      print(indented(harmless(oneLine(text)) || "(nothing)", start));
    }
    print(indented(harmless(oneLine(failure.expected)), chalk.green("  wanted ")));
    print(chalk.red(`  ${describeFault(failure)}`));
  }
}

/** How two models differ, and where that is more than chance. */
export function printComparison(comparison: ExamComparison, label: string, before: string): void {
  print();
  print(chalk.bold(`${label} against ${before}`));
  const row = (
    name: string,
    { asked, before: was, now, gained, lost, chance, clear }: Difference,
  ): string[] => {
    const change = asked === 0 ? 0 : (100 * (now - was)) / asked;
    const color = !clear ? chalk.dim : change > 0 ? chalk.green : chalk.red;
    const points = `${change > 0 ? "+" : change < 0 ? "-" : ""}${Math.abs(change).toFixed(1)}`;
    return [
      name,
      ...[`${was}/${asked}`, `${now}/${asked}`, color(points), `+${gained} -${lost}`, chanceText(chance)],
      verdict(change, clear),
    ];
  };
  const parts = EXAM_PARTS.flatMap((part) => {
    const own = comparison.parts[part];
    return own ? [row(part, own)] : [];
  });
  const skills = comparison.skills.filter(({ gained, lost }) => gained + lost > 0);
  print(
    table(
      ["", "before", "now", "points", "won, lost", "by chance", ""],
      [
        row(chalk.bold("all"), comparison.all),
        ...parts,
        ...skills.map((each) => row(`${each.skill}, ${each.part}`, each)),
      ],
    ),
  );
  print(
    chalk.dim(
      "By chance: how often two equally good models differ at least so much on these questions (sign test).\n" +
        "Clear: at 5%, with allowance for how many rows there are (Holm); all else may be noise.",
    ),
  );
  if (comparison.unmatched > 0)
    print(
      chalk.yellow(`${counted(comparison.unmatched, "question")} that only one was asked: not compared.`),
    );
}

const chanceText = (chance: number): string =>
  chance < 0.0001 ? "<0.01%" : `${(100 * chance).toFixed(chance < 0.01 ? 2 : 0)}%`;

const verdict = (change: number, clear: boolean): string =>
  clear ? (change > 0 ? "clearly better" : "clearly worse") : "";
