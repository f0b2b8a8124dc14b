import chalk from "chalk";
import type { GradedAnswer } from "../evaluate/index.ts";
import type { Report } from "../node/index.ts";
import { count, counted, duration, figure, print, table, verdictStyle } from "./terminal.ts";

/** A report for people to read in a terminal or a pipe. */
export function printReport(report: Report): void {
  const { step, seconds, stepsPerSecond, firstLoss, lastLoss, lossFall, bestStep } = report;
  const speed = `${count(Math.round(stepsPerSecond))} steps/s`;
  print(
    `${counted(step, "step")} in ${duration(seconds)} (${speed}) on ${report.device}, ${count(report.parameters)} parameters`,
  );
  const fall = lossFall >= 0 ? `down ${lossFall.toFixed(1)}%` : `up ${(-lossFall).toFixed(1)}%`;
  print(
    `loss ${figure(firstLoss)} -> ${figure(lastLoss)}, ${fall}; best checkpoint: step ${count(bestStep)}`,
  );
  print();
  const hasUnseen = report.unseen.length > 0;
  const rows = report.checkpoints.map((each) => [
    ...[count(each.step), each.seconds.toFixed(2), figure(each.loss), each.exam, each.all],
    ...(hasUnseen ? [each.unseen] : []),
  ]);
  const pairs = report.asked < report.pairs ? "sample of pairs" : "all pairs";
  print(table(["step", "seconds", "loss", "exam", pairs, ...(hasUnseen ? ["unseen"] : [])], rows));
  if (report.asked < report.pairs)
    print(chalk.dim(`asked at each checkpoint: ${count(report.asked)} of ${count(report.pairs)} pairs`));
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
