import { EXAM_PARTS, type ExamPart } from "../../data/index.ts";
import {
  describeFault,
  type ExamFailure,
  type ExamOverlap,
  type ExamReport,
  type OverlapTally,
  summed,
  type Tally,
} from "../../evaluate/index.ts";
import { cell, count } from "../report/markdown.ts";

/** An exam's report as Markdown. */
export function examMarkdown(report: ExamReport): string {
  const { suite, model, scores, overlap, overlapMissing, baselines, failures } = report;
  const parts = EXAM_PARTS.filter((part) => scores.parts[part]);
  const head = ["skill", ...parts, "all"];
  return [
    `# ${model.label} in the exam ${suite.name}`,
    "",
    `${count(scores.all.asked)} questions, ${count(model.parameters)} parameters, free greedy replies. Right of asked, and in percent; ` +
      "below them, how many of these questions stand in the training text word for word.",
    "",
    ...table(head, [
      ...scores.skills.map(({ skill, parts: own, all }) => {
        const tallies = overlap?.skills.find((each) => each.skill === skill)?.parts;
        return [skill, ...parts.map((part) => scoreCell(own[part], tallies?.[part])), scoreCell(all)];
      }),
      ["**all**", ...parts.map((part) => scoreCell(scores.parts[part])), scoreCell(scores.all)],
    ]),
    "",
    `Says that it does not know where it should: ${plain(scores.refusals.right)}; where it should not: ${plain(scores.refusals.wrong)}.`,
    ...(scores.memory.length > 0
      ? ["", "What was told before, by how many turns before:", "", ...memoryTable(scores.memory)]
      : []),
    "",
    "## Overlap with the training text",
    "",
    ...(overlap
      ? overlapTable(overlap, parts)
      : [`The training text is not at hand: ${overlapMissing ?? "unknown"}.`]),
    ...(baselines.length > 0
      ? [
          "",
          "## What knows less",
          "",
          ...table(
            ["", ...parts, "all", "memory"],
            [{ name: model.label, scores }, ...baselines].map(({ name, scores: own }) => [
              name,
              ...parts.map((part) => scoreCell(own.parts[part])),
              scoreCell(own.all),
              scoreCell(summed(own.memory)),
            ]),
          ),
        ]
      : []),
    "",
    `## The worst ${count(failures.length)} failures`,
    "",
    "One of each skill, the weakest skill first; then a second one of each.",
    ...failures.flatMap(failureLines),
    "",
  ].join("\n");
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(" | ")} |`,
  `|-|${"-:|".repeat(head.length - 1)}`,
  ...rows.map((row) => `| ${row.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`),
];

const plain = ({ right, asked }: Tally): string =>
  asked === 0 ? "not asked" : `${right}/${asked} (${((100 * right) / asked).toFixed(1)}%)`;

const scoreCell = (tally: Tally | undefined, overlap?: OverlapTally): string =>
  tally && tally.asked > 0 ? `${plain(tally)}${overlap ? `<br>in training ${overlap.exact}` : ""}` : "";

const memoryTable = (memory: ExamReport["scores"]["memory"]): string[] =>
  table(
    ["turns before", ...memory.map(({ distance }) => String(distance))],
    [["right", ...memory.map((tally) => plain(tally))]],
  );

function overlapTable({ parts: all }: ExamOverlap, parts: readonly ExamPart[]): string[] {
  const row = (name: string, cellOf: (tally: OverlapTally) => string): string[] => [
    name,
    ...parts.map((part) => (all[part] ? cellOf(all[part]) : "")),
  ];
  const share = (found: number, of: number): string =>
    of === 0 ? "none" : `${found}/${of} (${((100 * found) / of).toFixed(1)}%)`;
  return [
    "Ignoring case and punctuation.",
    "",
    ...table(
      ["", ...parts],
      [
        row("questions that are a line or message of it", (each) => share(each.exact, each.questions)),
        row("questions that stand within one", (each) => share(each.within, each.questions)),
        row("conversations of which it has all that the user says", (each) =>
          share(each.conversations.found, each.conversations.all),
        ),
        row("runs of 8 words that it has", (each) => share(each.grams.found, each.grams.all)),
      ],
    ),
  ];
}

function failureLines(failure: ExamFailure): string[] {
  const { skill, part, conversation, expected } = failure;
  return [
    "",
    `### ${skill}, ${part}`,
    "",
    ...conversation.map(({ role, text }) => `- ${role === "user" ? "user" : "model"}: ${cell(text)}`),
    "",
    `Expected: ${cell(expected)}. Got: ${describeFault(failure)}.`,
  ];
}
