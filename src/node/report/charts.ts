import { countPerfect } from "../../evaluate/index.ts";
import type { RunEvent } from "../../workspace/index.ts";
import { type CheckpointEvent, isText, type ProgressEvent } from "../../workspace/index.ts";
import { type ChartSeries, lineChart } from "./line-chart.ts";

const [BLUE, GRAY, GREEN, YELLOW] = ["#2f81f7", "#8b949e", "#3fb950", "#d29922"] as const;

/** The pictures of a run, by their file names: of the losses, and of what else tells how it went. */
export function charts(events: readonly RunEvent[]): Map<string, string> {
  const progress = events.filter((event) => event.type === "progress");
  const checkpoints = events.filter((event) => event.type === "checkpoint");
  if (!isText(events)) {
    return new Map([
      ["loss.svg", lossChart(progress, checkpoints, 0)],
      ["accuracy.svg", accuracyChart(checkpoints)],
    ]);
  }
  const curve = (
    title: string,
    yLabel: string,
    color: string,
    value: (event: ProgressEvent) => number,
  ): string =>
    lineChart({
      ...{ title, yLabel, xLabel: "step" },
      series: [{ label: "", color, points: progress.map((event) => [event.step, value(event)] as const) }],
    });
  return new Map([
    ["loss.svg", lossChart(progress, checkpoints, "fit")],
    ["rate.svg", curve("Learning rate", "rate", BLUE, ({ rate }) => rate)],
    ["norm.svg", curve("Gradient norm", "norm", YELLOW, ({ norm }) => norm)],
    ["speed.svg", curve("Tokens per second", "tokens/s", GREEN, (event) => event.tokensPerSecond)],
  ]);
}

function lossChart(
  progress: readonly ProgressEvent[],
  checkpoints: readonly CheckpointEvent[],
  yMin: 0 | "fit",
): string {
  const points = (events: readonly { step: number; loss: number }[]): ChartSeries["points"] =>
    events.map(({ step, loss }) => [step, loss] as const);
  const measured = yMin === 0 ? "at checkpoints" : "validation";
  const trained = yMin === 0 ? "in training" : "training";
  return lineChart({
    ...{ title: "Loss", xLabel: "step", yLabel: "nats per token", yMin },
    series: [
      { label: trained, color: GRAY, points: points(progress) },
      { label: measured, color: BLUE, points: points(checkpoints) },
    ],
  });
}

function accuracyChart(checkpoints: readonly CheckpointEvent[]): string {
  const share = (part: "exam" | "all" | "unseen") =>
    checkpoints.flatMap(({ step, examination }) => {
      const answers = examination?.[part] ?? [];
      return answers.length > 0 ? [[step, (100 * countPerfect(answers)) / answers.length] as const] : [];
    });
  const series = [
    { label: "exam", color: BLUE, points: share("exam") },
    { label: "all pairs", color: GREEN, points: share("all") },
    { label: "unseen", color: YELLOW, points: share("unseen") },
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
