import { encodeText } from "../../base/index.ts";
import { countPerfect, type GradedAnswer, type Sample } from "../../evaluate/index.ts";
import type { MemoryUse, Recipe } from "../../train/index.ts";
import type { Run, RunEvent } from "../../workspace/index.ts";
import { lineChart } from "./line-chart.ts";

type CheckpointEvent = Extract<RunEvent, { type: "checkpoint" }>;

/** What a finished or stopped training comes to. */
export interface Report {
  readonly run: string;
  readonly parameters: number;
  readonly device: string;
  /** Absent in runs that were begun by an older version. */
  readonly memory: MemoryUse | undefined;
  readonly step: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly reason: string | undefined;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** By how much the loss fell, in percent of the first. */
  readonly lossFall: number;
  readonly bestStep: number;
  /** Different pairs of the training data, and how many of them were asked at each checkpoint. */
  readonly pairs: number;
  readonly asked: number;
  readonly checkpoints: readonly CheckpointScore[];
  /** At the best checkpoint. */
  readonly exam: readonly GradedAnswer[];
  readonly unseen: readonly GradedAnswer[];
  readonly wrong: readonly GradedAnswer[];
  readonly samples: readonly Sample[];
}

export interface CheckpointScore {
  readonly step: number;
  readonly seconds: number;
  readonly loss: number;
  readonly exam: string;
  readonly all: string;
  readonly unseen: string;
  /** Where the data are text or conversations. */
  readonly bitsPerByte: number | undefined;
  readonly perplexity: number | undefined;
}

/** Sums a run's events up; `undefined` where there is no checkpoint yet. */
export function summarize(run: string, events: readonly RunEvent[]): Report | undefined {
  const start = events.find((event) => event.type === "start");
  const checkpoints = events.filter((event): event is CheckpointEvent => event.type === "checkpoint");
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  const best = checkpoints.findLast((event) => event.best) ?? last;
  if (!start || !first || !last || !best) return undefined;
  const end = events.findLast((event) => event.type === "end");
  return {
    run,
    parameters: start.parameters,
    device: start.device,
    memory: start.memory as MemoryUse | undefined,
    step: last.step,
    seconds: last.seconds,
    stepsPerSecond: last.seconds > 0 ? last.step / last.seconds : 0,
    reason: end?.reason,
    firstLoss: first.loss,
    lastLoss: last.loss,
    lossFall: 100 * (1 - last.loss / first.loss),
    bestStep: best.step,
    pairs: start.pairs,
    asked: last.examination?.all.length ?? 0,
    checkpoints: checkpoints.map(({ step, seconds, loss, examination, validation }) => ({
      ...{ step, seconds, loss },
      exam: score(examination?.exam ?? []),
      all: score(examination?.all ?? []),
      unseen: score(examination?.unseen ?? []),
      bitsPerByte: validation?.bitsPerByte,
      perplexity: validation?.perplexity,
    })),
    exam: best.examination?.exam ?? [],
    unseen: best.examination?.unseen ?? [],
    wrong: best.examination?.all.filter(({ verdict }) => verdict !== "perfect") ?? [],
    samples: best.validation?.samples ?? [],
  };
}

export const score = (answers: readonly GradedAnswer[]): string =>
  `${countPerfect(answers)}/${answers.length}`;

/** Saves `report.md` with its pictures in the run's folder. Returns the report and where it lies. */
export async function writeReport(run: Run): Promise<{ report: Report; file: string } | undefined> {
  const [events, recipe] = [await run.events(), await run.recipe()];
  const report = summarize(run.name, events);
  if (!report) return undefined;
  await run.storage.write(`${run.path}/loss.svg`, encodeText(lossChart(events)));
  await run.storage.write(`${run.path}/accuracy.svg`, encodeText(accuracyChart(events)));
  await run.storage.write(`${run.path}/report.md`, encodeText(markdown(report, recipe)));
  return { report, file: run.storage.describe(`${run.path}/report.md`) };
}

function lossChart(events: readonly RunEvent[]): string {
  const progress = events.filter((event) => event.type === "progress");
  const checkpoints = events.filter((event): event is CheckpointEvent => event.type === "checkpoint");
  return lineChart({
    title: "Loss",
    xLabel: "step",
    yLabel: "nats per token",
    series: [
      {
        label: "in training",
        color: "#8b949e",
        points: progress.map(({ step, loss }) => [step, loss] as const),
      },
      {
        label: "at checkpoints",
        color: "#2f81f7",
        points: checkpoints.map((each) => [each.step, each.loss] as const),
      },
    ],
  });
}

function accuracyChart(events: readonly RunEvent[]): string {
  const checkpoints = events.filter((event): event is CheckpointEvent => event.type === "checkpoint");
  const share = (part: "exam" | "all" | "unseen") =>
    checkpoints.flatMap(({ step, examination }) => {
      const answers = examination?.[part] ?? [];
      return answers.length > 0 ? [[step, (100 * countPerfect(answers)) / answers.length] as const] : [];
    });
  const series = [
    { label: "exam", color: "#2f81f7", points: share("exam") },
    { label: "all pairs", color: "#3fb950", points: share("all") },
    { label: "unseen", color: "#d29922", points: share("unseen") },
  ];
  const title = "Perfect answers by checkpoint";
  return lineChart({
    title,
    xLabel: "step",
    yLabel: "percent",
    yMax: 100,
    series: series.filter(({ points }) => points.length > 0),
  });
}

const MARKS = { perfect: "✔ perfect", close: "≈ close", wrong: "✘ wrong" } as const;

function markdown(report: Report, recipe: Recipe): string {
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
    `${count(report.step)} steps in ${seconds(report.seconds)}, ${count(Math.round(report.stepsPerSecond))} a second. ` +
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
        `| ${count(each.step)} | ${each.seconds.toFixed(2)} | ${each.loss.toFixed(3)} | ${each.exam} | ${each.all} | ${each.unseen} |`,
    ),
    ...section("Exam (these questions are in the training data)", report.exam),
    ...section("Unseen (these questions are not in the training data)", report.unseen),
    ...section("Not yet right", report.wrong),
    "",
  ].join("\n");
}

const count = (value: number): string => value.toLocaleString("en-US");
const seconds = (value: number): string =>
  value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(1)} minutes`;
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/[\r\n]+/g, " ") || "(nothing)";
