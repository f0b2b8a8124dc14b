import type { GradedAnswer } from "../../evaluate/index.ts";
import type { Recipe } from "../../train/index.ts";
import type { Report } from "../../workspace/index.ts";
import { cell, count, duration } from "./markdown.ts";

const MARKS = { perfect: "✔ perfect", close: "≈ close", wrong: "✘ wrong" } as const;

/** The report of a training on questions and answers. */
export function pairMarkdown(report: Report, recipe: Recipe): string {
  const { model, training, optimizer } = recipe;
  const answers = (list: readonly GradedAnswer[]): string[] => [
    "| question | answer | wanted | |",
    "|-|-|-|-|",
    ...list.map(
      ({ question, answer, target, verdict }) =>
        `| ${cell(question)} | ${cell(answer)} | ${cell(target)} | ${MARKS[verdict]} |`,
    ),
  ];
  const section = (title: string, list: readonly GradedAnswer[]): string[] =>
    list.length > 0 ? ["", `## ${title}`, "", ...answers(list)] : [];
  return [
    `# ${report.run}`,
    "",
    `${count(report.parameters)} parameters (${model.preset}, width ${model.width}, ${model.layers} layers, ${model.heads} heads), ` +
      `${training.batch} rows a step, ${optimizer.kind} at ${optimizer.rate}, seed ${recipe.seed}, on ${report.device}.`,
    "",
    `${count(report.step)} steps in ${duration(report.seconds)}, ${count(Math.round(report.stepsPerSecond))} a second. ` +
      `The loss fell from ${report.firstLoss.toFixed(3)} to ${report.lastLoss.toFixed(3)}, by ${report.lossFall.toFixed(1)}%. ` +
      `The best checkpoint is that of step ${count(report.bestStep)}.`,
    "",
    "![Loss](loss.svg)",
    "",
    "![Perfect answers](accuracy.svg)",
    "",
    "## Checkpoints",
    "",
    "| step | seconds | loss | exam | all pairs | unseen |",
    "|-|-|-|-|-|-|",
    ...report.checkpoints.map(
      (each) =>
        `| ${count(each.step)} | ${each.seconds.toFixed(2)} | ${each.loss.toFixed(3)} | ${each.exam ?? ""} | ${each.all ?? ""} | ${each.unseen ?? ""} |`,
    ),
    ...section("Exam (these questions are in the training data)", report.exam),
    ...section("Unseen (these questions are not in the training data)", report.unseen),
    ...section("Not yet right", report.wrong),
    "",
  ].join("\n");
}
