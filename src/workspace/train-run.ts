import { invariant } from "../base/index.ts";
import { dropOptimizer, loadCheckpoint, saveCheckpoint } from "../checkpoint/index.ts";
import type { Corpus } from "../data/index.ts";
import type { Device } from "../engine/index.ts";
import { type TrainEvent, type TrainOptions, train } from "../train/index.ts";
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

/**
 * Trains a run from its newest checkpoint, or from the beginning: passes `train`'s events on, after what they tell of is
 * safe on the storage.
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<RunEvent, void> {
  const { run, corpus, data, device, now } = options;
  const { storage } = run;
  await run.removeLeftovers();
  const from = await run.resumableStep();
  const resume = from === undefined ? undefined : await loadCheckpoint(storage, run.checkpointPath(from), device);
  const recipe = resume?.training ? recipeOf(resume.training) : await run.recipe();
  const past = await keptEvents(run, from);
  const secondsBefore = secondsOf(past.at(-1)) ?? 0;
  const before = await run.state();
  const createdAt = before?.createdAt ?? now().toISOString();
  let previous = from;
  let state: RunState | undefined;
  for await (const event of train({ recipe, corpus, data, device, resume, secondsBefore }, options)) {
    if (event.type === "start") {
      const { parameters } = event;
      state = { status: "training", createdAt, updatedAt: createdAt, seconds: secondsBefore, device: device.name, parameters };
    }
    invariant(state, "a training tells of its start first");
    state = { ...state, updatedAt: now().toISOString(), seconds: secondsOf(event) ?? state.seconds };
    if (event.type === "end") {
      state = { ...state, status: event.reason === "aborted" ? "stopped" : "finished", reason: event.reason };
    }
    const plain = withoutCheckpoint(event);
    // First the event, then the checkpoint: an event without its checkpoint is removed on resume, and none is ever missing.
    await run.appendEvent(plain);
    if (event.type === "checkpoint") {
      await saveCheckpoint(storage, run.checkpointPath(event.step), event.checkpoint);
      if (previous !== undefined && previous !== event.step) await dropOptimizer(storage, run.checkpointPath(previous));
      previous = event.step;
    }
    if (event.type !== "progress") await run.saveState(state);
    yield plain;
  }
}

/** Removes what was told of steps after the one that the run goes on from. */
async function keptEvents(run: Run, from: number | undefined): Promise<RunEvent[]> {
  const all = from === undefined ? [] : await run.events();
  const kept = all.filter((event) => event.type !== "end" && event.step <= (from ?? -1));
  await run.replaceEvents(kept);
  return kept;
}

const secondsOf = (event: TrainEvent | RunEvent | undefined): number | undefined =>
  event && "seconds" in event ? event.seconds : undefined;

function withoutCheckpoint(event: TrainEvent): RunEvent {
  if (event.type !== "checkpoint") return event;
  const { checkpoint: _, ...plain } = event;
  return plain;
}
