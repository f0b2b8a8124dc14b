import { availableParallelism } from "node:os";
import { ParrotletError, shown } from "../base/index.ts";
import { BusyError } from "../chat/index.ts";
import { ApiError, type TrainingDesk, type TrainingRequest, type TrainingStatus } from "../server/index.ts";
import type { Run, Workspace } from "../workspace/index.ts";
import { DeskTraining, MISTAKES } from "./desk-training.ts";
import { threadCount } from "./engine-threads.ts";
import { writeReport } from "./report/write-report.ts";
import { checkAllowed, requestedRecipe } from "./requested-recipe.ts";
import { trainInWorker } from "./training.ts";

export interface NodeTrainingDeskOptions {
  readonly workspace: Workspace;
  /** The workspace's folder. */
  readonly root: string;
  /** Trainings at once; one more is refused. @default 1 */
  readonly mostAtOnce?: number | undefined;
  /** The most threads of a training. @default one less than the machine has, so that one is left to serve */
  readonly threads?: number | undefined;
  /** Data may be datasets of the Hub. @default false */
  readonly allowDownloads?: boolean | undefined;
}

/** Trainings that are over and still told of. */
const MOST_OVER = 32;
/** So long a client waits for something to be done before it is told that it is being done, in milliseconds. */
const PATIENCE_MS = 10_000;
/** Events of a training: as many as are kept of its progress; but after so many steps there is always one, so that it can rest soon. */
const EVENTS = 1000;
const MOST_STEPS = 50;

/** Trains what a server is asked to, each run in a thread of its own. */
export class NodeTrainingDesk implements TrainingDesk {
  readonly #options: NodeTrainingDeskOptions;
  /** By run, the newest last. */
  readonly #trainings = new Map<string, DeskTraining>();
  /** Those that are being prepared. */
  #coming = 0;
  /** Of all trainings, the newest. */
  #version = 0;
  #closed = false;

  constructor(options: NodeTrainingDeskOptions) {
    this.#options = options;
  }

  list(): readonly TrainingStatus[] {
    return [...this.#trainings.values()].map(({ status }) => status).reverse();
  }

  find(run: string): TrainingStatus | undefined {
    return this.#trainings.get(run)?.status;
  }

  version(run: string): number {
    return this.#trainings.get(run)?.version ?? 0;
  }

  start(request: TrainingRequest): Promise<TrainingStatus> {
    return this.#withRoom(async (taken) => {
      const { workspace } = this.#options;
      const recipe = await asMistake(requestedRecipe(request, this.#options));
      const run = await workspace.createRun(recipe);
      const training = this.#train(run, recipe.training.steps, "auto");
      taken();
      await within(training.begun());
      if (!training.error) return training.status;
      // There is nothing yet that anybody could go on with.
      this.#trainings.delete(run.name);
      await workspace.storage.remove(run.path);
      throw mistake(training.error);
    });
  }

  resume(name: string): Promise<TrainingStatus> {
    return this.#withRoom(async (taken) => {
      const run = await this.#options.workspace.run(name);
      this.#mustRest(name);
      const state = await run.state();
      if (state?.status === "finished") {
        const message = `${name} is finished. To train on, begin a new run with it.`;
        throw new ApiError(409, message, { code: "run-finished" });
      }
      const recipe = await recipeOf(run);
      await checkAllowed(recipe, this.#options);
      this.#mustRest(name); // another request may have come so far meanwhile
      // On the device that it began on, it ends in the same bytes as if it had never been stopped.
      const training = this.#train(run, recipe.training.steps, state?.device ?? "auto");
      taken();
      await within(training.begun());
      if (training.error) throw mistake(training.error);
      return training.status;
    });
  }

  async pause(run: string): Promise<TrainingStatus> {
    const training = this.#live(run);
    await within(training.pause());
    return training.status;
  }

  async unpause(run: string): Promise<TrainingStatus> {
    const training = this.#live(run);
    training.unpause();
    return training.status;
  }

  async stop(run: string): Promise<TrainingStatus> {
    const training = this.#live(run);
    await within(training.stop());
    return training.status;
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await within(Promise.all([...this.#trainings.values()].map((training) => training.stop())), graceMs);
  }

  /** @param begin Is given what to call once its training is among the others. */
  async #withRoom(begin: (taken: () => void) => Promise<TrainingStatus>): Promise<TrainingStatus> {
    if (this.#closed) throw new ApiError(503, "The server is closing.", { code: "closing" });
    const live = [...this.#trainings.values()].filter((training) => training.live).length;
    const most = this.#options.mostAtOnce ?? 1;
    if (live + this.#coming >= most)
      throw new BusyError(
        most === 1 ? "A training is going on already." : `${most} trainings are going on.`,
        30,
      );
    let coming = 1;
    const taken = (): void => {
      this.#coming -= coming;
      coming = 0;
    };
    this.#coming++;
    try {
      return await begin(taken);
    } finally {
      taken();
    }
  }

  #train(run: Run, steps: number, device: string): DeskTraining {
    const { root, threads = Math.max(1, Math.min(threadCount(), availableParallelism() - 1)) } =
      this.#options;
    const progressSteps = Math.min(MOST_STEPS, Math.max(1, Math.ceil(steps / EVENTS)));
    const events = async function* (signal: AbortSignal) {
      yield* trainInWorker({ root, run: run.name, device, threads, progressSteps, behind: true, signal });
      await writeReport(run).catch(() => undefined); // the numbers are in its events
    };
    const training = new DeskTraining(run.name, steps, events, () => ++this.#version);
    if (this.#closed) void training.stop();
    this.#trainings.delete(run.name);
    this.#trainings.set(run.name, training);
    const over = [...this.#trainings].filter(([, { live }]) => !live);
    for (const [name] of over.slice(0, -MOST_OVER)) this.#trainings.delete(name);
    return training;
  }

  /** @throws {ApiError} 409 where it is being trained. */
  #mustRest(run: string): void {
    if (this.#trainings.get(run)?.live)
      throw new ApiError(409, `${run} is being trained already.`, { code: "run-busy" });
  }

  /** @throws {ApiError} 404, 409 where it is over. */
  #live(run: string): DeskTraining {
    const training = this.#trainings.get(run);
    if (training?.live) return training;
    const code = training ? "training-over" : "training-not-found";
    const message = training
      ? `${run} is not being trained any more.`
      : `There is no training of ${shown(run)}.`;
    throw new ApiError(training ? 409 : 404, message, { code });
  }
}

/** A recipe that somebody has edited is not the client's mistake. */
const recipeOf = (run: Run) =>
  run.recipe().catch((cause: Error) => {
    throw new ParrotletError("run-damaged", cause.message, { cause });
  });

const asMistake = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw mistake(error);
  });

/** What is wrong with what was asked for, as 400; anything else as it is. */
function mistake(error: unknown): unknown {
  if (!(error instanceof ParrotletError) || !MISTAKES.includes(error.code)) return error;
  const message = error.message.slice(0, 2000).replaceAll(/^recipe, line \d+: /gm, "");
  return new ApiError(400, message, { code: error.code, cause: error });
}

/** Until it is done, or so many milliseconds. */
async function within(work: Promise<unknown>, ms: number = PATIENCE_MS): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
