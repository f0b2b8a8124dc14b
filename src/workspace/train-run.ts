import { ParrotletError, present } from "../base/index.ts";
import {
  type Checkpoint,
  dropOptimizer,
  loadCheckpoint,
  saveCheckpoint,
  type TrainingRecord,
} from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import {
  type CheckpointEvent,
  dataEntries,
  type Recipe,
  resolveLength,
  rowsOfAnEpoch,
  type TrainEvent,
  type TrainingData,
  type TrainOptions,
  train,
} from "../train/index.ts";
import { type Run, type RunEvent, type RunState, recipeOf } from "./run.ts";

export interface TrainRunOptions extends TrainOptions {
  readonly run: Run;
  readonly data: TrainingData;
  readonly device: Device;
  /** Opens what the run's recipe begins with, see `TrainingJob`; needed where it names something and the run has no checkpoint. */
  readonly loadFrom?: (() => Promise<Checkpoint>) | undefined;
  /** The time of day. */
  readonly now: () => Date;
}

/** The most `progress` events that are kept: a curve of any length needs no more. */
const MOST_PROGRESS = 1000;

/**
 * Trains a run from its newest checkpoint, or from the beginning: passes `train`'s events on, after what they tell of is
 * safe on the storage.
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<RunEvent, void> {
  const { run, data, device, loadFrom, now } = options;
  await run.removeLeftovers();
  const from = await run.resumableStep();
  if (from === undefined) await refuseToRestart(run);
  const resume = from === undefined ? undefined : await loadResumable(run, from, device);
  const recipe = await settledRecipe(run, data);
  if (from === undefined && data.kind === "store" && data.report) await run.saveDataReport(data.report);
  if (resume?.training) checkUnchanged(run, recipe, data.hash, resume.training);
  const begin = resume || !recipe.from ? undefined : await present(loadFrom, "what it begins with")();
  const past = await keptEvents(run, from);
  const secondsBefore = past.map(secondsOf).findLast((seconds) => seconds !== undefined) ?? 0;
  const createdAt = (await run.state())?.createdAt ?? now().toISOString();
  const start = { createdAt, seconds: secondsBefore, device: device.name };
  const recorder = new Recorder(run, recipe, from, start, now);
  try {
    for await (const event of train({ recipe, data, device, resume, from: begin, secondsBefore }, options)) {
      yield await recorder.keep(event);
    }
  } catch (error) {
    await recorder.keepFailure(error);
    throw error;
  }
}

/** The run's recipe, which says from the first training on how many steps its epochs or tokens are. */
async function settledRecipe(run: Run, data: TrainingData): Promise<Recipe> {
  const recipe = await run.recipe();
  if (recipe.training.steps > 0) return recipe;
  const settled = resolveLength(recipe, rowsOfAnEpoch(data));
  await run.saveRecipe(settled);
  return settled;
}

/** @throws {ParrotletError} `run-damaged` where steps were trained, but none can be gone on from. */
async function refuseToRestart(run: Run): Promise<void> {
  const steps = await run.checkpoints();
  if (steps.length === 0) return;
  const folder = run.storage.describe(`${run.path}/checkpoints`);
  const message =
    `No checkpoint of ${run.name} (${steps.join(", ")}) has what an optimizer needs to go on: ${folder} was changed. ` +
    "One can still talk to them. To train again, start a new run.";
  throw new ParrotletError("run-damaged", message);
}

const loadResumable = (run: Run, step: number, device: Device): Promise<Checkpoint> =>
  loadCheckpoint(run.storage, run.checkpointPath(step), device, { withOptimizer: true });

/**
 * Refuses to mix two trainings in one run.
 *
 * @throws {ParrotletError} `data-changed`, `recipe-changed`.
 */
function checkUnchanged(run: Run, recipe: Recipe, data: string, record: TrainingRecord): void {
  if (record.data !== data) {
    const message =
      `The data of ${run.name} (${dataEntries(recipe.data)
        .map(({ source }) => source)
        .join(", ")}) have changed since it was started, so going on would mix two trainings. ` +
      "Put the old file back, or start a new run.";
    throw new ParrotletError("data-changed", message);
  }
  const kept = recipeOf(record);
  // A checkpoint keeps no folders.
  const from = kept.from && recipe.from ? { ...kept.from, model: recipe.from.model } : kept.from;
  const own = recipe.evaluation.data;
  const evaluation = own === undefined ? kept.evaluation : { ...kept.evaluation, data: own };
  const elsewhere = {
    ...kept,
    ...(from ? { from } : {}),
    data: recipe.data,
    evaluation,
  };
  if (JSON.stringify(elsewhere) === JSON.stringify(recipe)) return;
  const message =
    `${run.storage.describe(`${run.path}/recipe.yaml`)} is not the recipe that ${run.name} was started with. ` +
    "Put it back as it was (only data: may change its place), or start a new run with it.";
  throw new ParrotletError("recipe-changed", message);
}

/** Puts on the storage what the events of a training tell of. */
class Recorder {
  readonly #run: Run;
  readonly #now: () => Date;
  /** Steps between two `progress` events that are kept. */
  readonly #stride: number;
  /** Only the best and the newest checkpoint stay. */
  readonly #thin: boolean;
  #keptStep: number;
  #checkpoint: number | undefined;
  #state: RunState;

  constructor(
    run: Run,
    recipe: Recipe,
    from: number | undefined,
    start: Pick<RunState, "createdAt" | "seconds" | "device">,
    now: () => Date,
  ) {
    this.#run = run;
    this.#now = now;
    this.#stride = recipe.training.steps / MOST_PROGRESS;
    this.#thin = recipe.training.keep === "best-and-newest";
    this.#keptStep = from ?? 0;
    this.#checkpoint = from;
    this.#state = { ...start, status: "training", updatedAt: start.createdAt, parameters: 0 };
  }

  async keep(event: TrainEvent): Promise<RunEvent> {
    const plain = withoutCheckpoint(event);
    // First the event, then the checkpoint: an event without its checkpoint is removed on resume, and none is ever missing.
    if (event.type !== "progress" || event.step - this.#keptStep >= this.#stride) {
      await this.#run.appendEvent(plain);
      this.#keptStep = event.step;
    }
    if (event.type === "checkpoint") await this.#keepCheckpoint(event);
    if (event.type !== "progress") await this.#keepState(event);
    return plain;
  }

  /** Notes that the training ended with an error. Where even that cannot be written, the error itself says more. */
  async keepFailure(error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    this.#state = { ...this.#state, status: "failed", reason, updatedAt: this.#now().toISOString() };
    await this.#run.saveState(this.#state).catch(() => {});
  }

  async #keepCheckpoint({ step, checkpoint }: CheckpointEvent): Promise<void> {
    const { storage } = this.#run;
    const before = this.#checkpoint;
    await saveCheckpoint(storage, this.#run.checkpointPath(step), checkpoint);
    if (before !== undefined && before !== step)
      await dropOptimizer(storage, this.#run.checkpointPath(before));
    this.#checkpoint = step;
    if (!this.#thin) return;
    const best = checkpoint.training?.best.step;
    for (const other of await this.#run.checkpoints()) {
      if (other !== step && other !== best) await storage.remove(this.#run.checkpointPath(other));
    }
  }

  async #keepState(event: TrainEvent): Promise<void> {
    const ended = event.type === "end";
    this.#state = {
      ...this.#state,
      ...(event.type === "start" ? { parameters: event.parameters } : {}),
      ...(ended ? { status: event.reason === "aborted" ? "stopped" : "finished", reason: event.reason } : {}),
      seconds: secondsOf(event) ?? this.#state.seconds,
      updatedAt: this.#now().toISOString(),
    };
    await this.#run.saveState(this.#state);
  }
}

/** Removes what was told of steps after the one that the run goes on from. */
async function keptEvents(run: Run, from: number | undefined): Promise<RunEvent[]> {
  const all = from === undefined ? [] : await run.events();
  const kept = all.filter((event) => event.type !== "end" && event.step <= (from ?? -1));
  await run.replaceEvents(kept);
  return kept;
}

const secondsOf = (event: TrainEvent | RunEvent): number | undefined =>
  "seconds" in event ? event.seconds : undefined;

function withoutCheckpoint(event: TrainEvent): RunEvent {
  if (event.type !== "checkpoint") return event;
  const { checkpoint: _, ...plain } = event;
  return plain;
}
