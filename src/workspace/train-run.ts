import { dropOptimizer, loadCheckpoint, saveCheckpoint } from "../checkpoint/index.ts";
import type { Corpus } from "../data/index.ts";
import type { Device } from "../engine/index.ts";
import {
  type CheckpointEvent,
  type Recipe,
  type TrainEvent,
  type TrainOptions,
  train,
} from "../train/index.ts";
import { type Run, type RunEvent, type RunState, recipeOf } from "./run.ts";

export interface TrainRunOptions extends TrainOptions {
  readonly run: Run;
  readonly corpus: Corpus;
  /** SHA-256 of the data file. */
  readonly data: string;
  readonly device: Device;
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
  const { run, corpus, data, device, now } = options;
  await run.removeLeftovers();
  const from = await run.resumableStep();
  const resume =
    from === undefined ? undefined : await loadCheckpoint(run.storage, run.checkpointPath(from), device);
  const recipe = resume?.training ? recipeOf(resume.training) : await run.recipe();
  const past = await keptEvents(run, from);
  const secondsBefore = past.map(secondsOf).findLast((seconds) => seconds !== undefined) ?? 0;
  const createdAt = (await run.state())?.createdAt ?? now().toISOString();
  const recorder = new Recorder(run, recipe, from, { createdAt, now, device: device.name });
  for await (const event of train({ recipe, corpus, data, device, resume, secondsBefore }, options)) {
    yield await recorder.keep(event);
  }
}

/** Puts on the storage what the events of a training tell of. */
class Recorder {
  readonly #run: Run;
  readonly #now: () => Date;
  /** Steps between two `progress` events that are kept. */
  readonly #stride: number;
  #keptStep: number;
  #checkpoint: number | undefined;
  #state: RunState;

  constructor(
    run: Run,
    recipe: Recipe,
    from: number | undefined,
    { createdAt, now, device }: { createdAt: string; now: () => Date; device: string },
  ) {
    this.#run = run;
    this.#now = now;
    this.#stride = recipe.training.steps / MOST_PROGRESS;
    this.#keptStep = from ?? 0;
    this.#checkpoint = from;
    this.#state = { status: "training", createdAt, updatedAt: createdAt, seconds: 0, device, parameters: 0 };
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

  async #keepCheckpoint({ step, checkpoint }: CheckpointEvent): Promise<void> {
    const { storage } = this.#run;
    const before = this.#checkpoint;
    await saveCheckpoint(storage, this.#run.checkpointPath(step), checkpoint);
    if (before !== undefined && before !== step)
      await dropOptimizer(storage, this.#run.checkpointPath(before));
    this.#checkpoint = step;
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
