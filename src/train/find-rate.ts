import { ParrotletError } from "../base/index.ts";
import type { Recipe } from "./recipe.ts";
import { type RatePoint, type RateSuggestion, suggestRate } from "./suggest-rate.ts";
import { type TrainingJob, TrainingRun } from "./training-run.ts";

export interface FindRateOptions {
  /** The first rate. @default 1e-6 */
  readonly from?: number | undefined;
  /** The last rate. @default 1 */
  readonly to?: number | undefined;
  /** Steps in between; each multiplies the rate by the same. @default 200 */
  readonly steps?: number | undefined;
  /** Ends the search. What was measured until then counts. */
  readonly signal?: AbortSignal | undefined;
}

/** What a search for a learning rate says of itself, in order. */
export type FindRateEvent =
  | {
      readonly type: "start";
      readonly parameters: number;
      readonly device: string;
      readonly from: number;
      readonly to: number;
      readonly steps: number;
    }
  | ({ readonly type: "step"; readonly step: number; readonly secondsLeft: number } & RatePoint)
  | {
      readonly type: "end";
      readonly reason: EndReason;
      readonly points: readonly RatePoint[];
      /** Absent where the loss did not fall. */
      readonly suggestion: RateSuggestion | undefined;
    };

/** The last rate was reached, the loss exploded before, or somebody stopped it. */
type EndReason = "steps" | "exploded" | "aborted";

/** How much of the mean stays with each step: it reaches about ten steps back. */
const KEPT = 0.9;
/** The loss has exploded when it is so many times the lowest. */
const EXPLODED = 4;

/**
 * Finds a learning rate by a short training whose rate rises from too low to too high: the loss stays, falls, and explodes.
 * Nothing is kept of the model.
 *
 * @throws {ParrotletError} `rate-range`; those of `train` but `training-diverged`.
 * @see Smith 2015. https://arxiv.org/abs/1506.01186
 */
export async function* findRate(
  job: Omit<TrainingJob, "resume" | "rate" | "secondsBefore">,
  { from = 1e-6, to = 1, steps = 200, signal }: FindRateOptions = {},
): AsyncGenerator<FindRateEvent, void> {
  checkRange(from, to, steps);
  const rate = (step: number): number => from * (to / from) ** ((step - 1) / (steps - 1));
  const run = new TrainingRun({ ...job, recipe: searching(job.recipe, steps), rate }, () =>
    performance.now(),
  );
  const points: RatePoint[] = [];
  try {
    const parameters = run.weights.layout.count;
    yield { type: "start", parameters, device: job.device.name, from, to, steps };
    let reason: EndReason | undefined;
    let [mean, lowest] = [0, Number.POSITIVE_INFINITY];
    for (let step = 1; !reason; step++) {
      const loss = lossOf(run, step);
      if (loss !== undefined) {
        mean = KEPT * mean + (1 - KEPT) * loss;
        // Without the correction, the mean of the first steps would lean to the 0 that it began with.
        const smoothed = mean / (1 - KEPT ** step);
        lowest = Math.min(lowest, smoothed);
        const point = { rate: rate(step), loss, smoothed };
        points.push(point);
        yield { type: "step", step, ...point, secondsLeft: (run.seconds / step) * (steps - step) };
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (loss === undefined || (points.at(-1)?.smoothed ?? 0) > EXPLODED * lowest) reason = "exploded";
      else if (step === steps) reason = "steps";
      else if (signal?.aborted) reason = "aborted";
    }
    yield { type: "end", reason, points, suggestion: suggestRate(points) };
  } finally {
    run.release();
  }
}

/** The loss of the next step; nothing where it is no number any more. */
function lossOf(run: TrainingRun, step: number): number | undefined {
  try {
    const event = run.advance(step);
    return event.type === "progress" ? event.loss : undefined;
  } catch (error) {
    if (error instanceof ParrotletError && error.code === "training-diverged") return undefined;
    throw error;
  }
}

/** A recipe whose training ends for no other reason, and writes no samples. */
const searching = (recipe: Recipe, steps: number): Recipe => ({
  ...recipe,
  training: { ...recipe.training, steps, minutes: 0, patience: 0, ema: 0, stopWhenPerfect: "never" },
  evaluation: { ...recipe.evaluation, prompts: [] },
});

function checkRange(from: number, to: number, steps: number): void {
  if (from > 0 && to > from && Number.isFinite(to) && steps >= 20) return;
  const message =
    `The rate shall rise from ${from} to ${to} in ${steps} steps. ` +
    "It must begin above 0, end higher, and take 20 steps or more.";
  throw new ParrotletError("rate-range", message);
}
