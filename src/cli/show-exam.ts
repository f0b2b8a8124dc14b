import chalk from "chalk";
import { EXAM_PARTS, type ExamPart } from "../data/index.ts";
import {
  type Difference,
  describeFault,
  type ExamComparison,
  type ExamFailure,
  type ExamOverlap,
  type ExamReport,
  type OverlapTally,
  summed,
  type Tally,
} from "../evaluate/index.ts";
import { type CellForm, fittingTable, overlapCell, scoreCell } from "./exam-cells.ts";
import { count, counted, harmless, indented, oneLine, percent, print, table } from "./terminal.ts";

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

function printScores(report: ExamReport, parts: readonly ExamPart[]): void {
  const { overlap, overlapMissing } = report;
  print(fittingTable(["skill", ...parts, "all"], (narrow) => scoreRows(report, parts, narrow)));
  if (overlap) {
    const about =
      "=N: so many of these questions stand in the training text word for word, ignoring case and punctuation.";
    print(chalk.dim(about));
  } else
    print(chalk.yellow(`Overlap with the training text: not known. It is not at hand: ${overlapMissing}.`));
}

/** A row for each skill, one for all, and those of the overlap. */
function scoreRows({ scores, overlap }: ExamReport, parts: readonly ExamPart[], narrow: boolean): string[][] {
  const bySkill = new Map(overlap?.skills.map((each) => [each.skill, each.parts]));
  const form = narrow ? "counts" : "both";
  const sum = narrow ? "share" : "both";
  const rows = scores.skills.map(({ skill, parts: own, all }) => {
    const tallies = bySkill.get(skill);
    return [skill, ...parts.map((part) => scoreCell(own[part], form, tallies?.[part])), scoreCell(all, sum)];
  });
  const all = parts.map((part) => scoreCell(scores.parts[part], sum));
  rows.push([chalk.bold("all"), ...all, scoreCell(scores.all, sum)]);
  if (overlap) rows.push(...overlapRows(overlap.parts, parts, sum));
  return rows;
}

/** How much of the questions the training text has, under the scores. */
function overlapRows(all: ExamOverlap["parts"], parts: readonly ExamPart[], form: CellForm): string[][] {
  const row = (
    name: string,
    cellOf: (tally: OverlapTally) => readonly [found: number, of: number],
  ): string[] => [
    chalk.dim(name),
    ...parts.map((part) => (all[part] ? overlapCell(part, ...cellOf(all[part]), form) : "")),
    "",
  ];
  return [
    row("in training: a whole line", ({ exact, questions }) => [exact, questions]),
    row("  within a line", ({ within, questions }) => [within, questions]),
    row("  all of the user's turns", ({ conversations: { found, all } }) => [found, all]),
    row("  runs of 8 words", ({ grams: { found, all } }) => [found, all]),
  ];
}

function printRefusals({ scores: { refusals, memory } }: ExamReport): void {
  const said = ({ right, asked }: Tally): string =>
    asked === 0 ? "not asked" : `${percent(right / asked)} (${count(right)} of ${count(asked)})`;
  print(`says that it does not know   where it should: ${said(refusals.right)}`);
  print(`                             where it should not: ${said(refusals.wrong)}`);
  if (memory.length === 0) return;
  print();
  print("what was told before, by how many turns before");
  const turns = memory.map(({ distance }) => `${String(distance).padStart(4)}`);
  print(
    fittingTable(["turns", ...turns], (narrow) => [
      ["right", ...memory.map((tally) => scoreCell(tally, narrow ? "share" : "both"))],
    ]),
  );
}

function printBaselines({ model, scores, baselines }: ExamReport, parts: readonly ExamPart[]): void {
  if (baselines.length === 0) return;
  print();
  print(chalk.bold("Beside what knows less"));
  const rows = (narrow: boolean): string[][] =>
    [{ name: model.label, scores }, ...baselines].map(({ name, scores: own }) => {
      const tallies = [...parts.map((part) => own.parts[part]), own.all, summed(own.memory)];
      return [name, ...tallies.map((tally) => scoreCell(tally, narrow ? "share" : "both"))];
    });
  print(fittingTable(["", ...parts, "all", "memory"], rows));
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
