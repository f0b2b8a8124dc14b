import type { TrainEvent } from "./events.ts";
import { resolveLength, rowsOfAnEpoch } from "./resolve-length.ts";
import { type TrainingJob, TrainingRun } from "./training-run.ts";

export interface TrainOptions {
  /** Ends the training at the next step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Milliseconds. @default performance.now */
  readonly clock?: () => number;
  /** The most steps between two `progress` events. @default a two-hundredth of all, for a smooth curve */
  readonly progressSteps?: number | undefined;
}

/** Messages and signals get in this often. */
const BREATH_MS = 25;

/**
 * Trains a model as the recipe says, and tells how it goes: `start`, a checkpoint of the untrained model, then `progress`
 * and `checkpoint` in turn, and `end`. While the consumer holds an event, nothing runs: not asking for the next one is how
 * to pause.
 *
 * @throws {ParrotletError} `data-too-long` when a row does not fit the context window; `training-diverged`.
 */
export async function* train(job: TrainingJob, options: TrainOptions = {}): AsyncGenerator<TrainEvent, void> {
  const { signal, clock = () => performance.now() } = options;
  const recipe =
    job.recipe.training.steps > 0 ? job.recipe : resolveLength(job.recipe, rowsOfAnEpoch(job.data));
  const { steps, checkpointSteps } = recipe.training;
  const progressSteps = options.progressSteps ?? Math.ceil(steps / 200);
  const run = new TrainingRun({ ...job, recipe }, clock);
  let breath = clock();
  try {
    yield run.start();
    if (!job.resume) yield run.checkpoint();
    let saved = run.step;
    let reason = run.ended(signal);
    while (!reason) {
      const boundary = Math.min(steps, (Math.floor(run.step / checkpointSteps) + 1) * checkpointSteps);
      yield run.advance(Math.min(boundary, run.step + progressSteps));
      if (clock() - breath > BREATH_MS) {
        await nextTask();
        breath = clock();
      }
      if (run.step === boundary) {
        yield run.checkpoint();
        saved = run.step;
      }
      reason = run.ended(signal);
    }
    if (run.step !== saved) yield run.checkpoint();
    yield { type: "end", reason, step: run.step, seconds: run.seconds, bestStep: run.best.step };
  } finally {
    run.release();
  }
}

/** Lets messages and signals in. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
