import chalk from "chalk";
import type { GradedAnswer } from "../evaluate/index.ts";
import type { Report } from "../node/index.ts";
import { count, duration, figure, print, table, verdictStyle } from "./terminal.ts";

/** A report for people to read in a terminal or a pipe. */
export function printReport(report: Report): void {
  const { step, seconds, stepsPerSecond, firstLoss, lastLoss, lossFall, bestStep } = report;
  const speed = `${count(Math.round(stepsPerSecond))} steps/s`;
  print(
    `${count(step)} steps in ${duration(seconds)} (${speed}) on ${report.device}, ${count(report.parameters)} parameters`,
  );
  print(
    `loss ${figure(firstLoss)} -> ${figure(lastLoss)}, down ${lossFall.toFixed(1)}%; best checkpoint: step ${count(bestStep)}`,
  );
  print();
  const rows = report.checkpoints.map((each) => [
    count(each.step),
    `${each.seconds.toFixed(2)}`,
    figure(each.loss),
    each.exam,
    each.all,
    each.unseen,
  ]);
  print(table(["step", "seconds", "loss", "exam", "all pairs", "unseen"], rows));
  printAnswers("Exam, from the training data", report.exam);
  printAnswers("Unseen, not in the training data", report.unseen);
}

function printAnswers(title: string, answers: readonly GradedAnswer[]): void {
  if (answers.length === 0) return;
  print();
  print(chalk.bold(title));
  const rows = answers.map(({ question, answer, target, verdict }) => {
    const { mark, color } = verdictStyle(verdict);
    return [`${chalk[color](mark)} ${verdict}`, question, answer, verdict === "perfect" ? "" : target];
  });
  print(table(["", "question", "answer", "wanted"], rows));
}
