import chalk from "chalk";
import type { GradedAnswer, Sample } from "../evaluate/index.ts";
import type { Report, TextReport } from "../workspace/index.ts";
import {
  count,
  counted,
  duration,
  figure,
  harmless,
  oneLine,
  print,
  table,
  verdictStyle,
} from "./terminal.ts";

/** A report for people to read in a terminal or a pipe. */
export function printReport(report: Report): void {
  const { step, seconds, stepsPerSecond, firstLoss, lastLoss, lossFall, bestStep } = report;
  const speed = `${stepsPerSecond < 9.95 ? stepsPerSecond.toFixed(1) : count(Math.round(stepsPerSecond))} steps/s`;
  print(
    `${counted(step, "step")} in ${duration(seconds)} (${speed}) on ${report.device}, ${count(report.parameters)} parameters`,
  );
  const fall = lossFall >= 0 ? `down ${lossFall.toFixed(1)}%` : `up ${(-lossFall).toFixed(1)}%`;
  print(
    `loss ${figure(firstLoss)} -> ${figure(lastLoss)}, ${fall}; best checkpoint: step ${count(bestStep)}`,
  );
  if (report.text) printText(report, report.text);
  else printPairs(report);
}

function printPairs(report: Report): void {
  print();
  const hasUnseen = report.unseen.length > 0;
  const rows = report.checkpoints.map((each) => [
    ...[count(each.step), each.seconds.toFixed(2), figure(each.loss), each.exam ?? "", each.all ?? ""],
    ...(hasUnseen ? [each.unseen ?? ""] : []),
  ]);
  const pairs = report.asked < report.pairs ? "sample of pairs" : "all pairs";
  print(table(["step", "seconds", "loss", "exam", pairs, ...(hasUnseen ? ["unseen"] : [])], rows));
  if (report.asked < report.pairs)
    print(chalk.dim(`asked at each checkpoint: ${count(report.asked)} of ${count(report.pairs)} pairs`));
  printAnswers("Exam, from the training data", report.exam);
  printAnswers("Unseen, not in the training data", report.unseen);
}

function printText(report: Report, text: TextReport): void {
  const { tokensSeen, tokens, tokensPerSecond, bitsPerByte, perplexity, validated } = text;
  print(
    `bits per byte ${bitsPerByte.toFixed(3)}, perplexity ${figure(perplexity)}, on ${count(validated)} unseen tokens`,
  );
  const times = tokens > 0 ? `, ${(tokensSeen / tokens).toFixed(2)} times the data` : "";
  print(`${count(tokensSeen)} tokens seen${times}; ${count(Math.round(tokensPerSecond))} tokens/s`);
  print();
  const rows = thinned(report.checkpoints, report.bestStep).map((each) => [
    `${count(each.step)}${each.step === report.bestStep ? " *" : ""}`,
    each.seconds.toFixed(2),
    each.tokensSeen === undefined ? "" : count(each.tokensSeen),
    each.trainingLoss === undefined ? "" : figure(each.trainingLoss),
    ...[figure(each.loss), figure(each.perplexity ?? Number.NaN), each.bitsPerByte?.toFixed(3) ?? ""],
  ]);
  print(table(["step", "seconds", "tokens", "training", "validation", "perplexity", "bits/byte"], rows));
  if (report.checkpoints.length > rows.length)
    print(chalk.dim(`${rows.length} of ${count(report.checkpoints.length)} checkpoints; report.md has all`));
  printSamples(report.samples);
}

/** Checkpoints that are printed at the most: a screen. */
const MOST_ROWS = 16;

/** Some of many, with the first, the best and the last among them. */
function thinned(checkpoints: Report["checkpoints"], best: number): Report["checkpoints"] {
  const stride = Math.ceil(checkpoints.length / MOST_ROWS);
  const last = checkpoints.length - 1;
  return checkpoints.filter(({ step }, index) => step === best || index === last || index % stride === 0);
}

/** What a model went on with: each prompt on a line, and what it wrote below, as it wrote it. */
export function printSamples(samples: readonly Sample[]): void {
  for (const { prompt, text } of samples) {
    print();
    print(chalk.cyan(`▸ ${harmless(oneLine(prompt))}`));
    for (const line of harmless(text)
      .trim()
      .split(/[\r\n]+/))
      print(`  ${line}`);
  }
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
