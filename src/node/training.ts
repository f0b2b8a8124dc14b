import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { InternalError, ParrotletError } from "../base/index.ts";
import { type RunEvent, Workspace } from "../workspace/index.ts";
import { FileStorage } from "./file-storage.ts";
import { lockFolder } from "./run-lock.ts";
import type { FromWorker, ToWorker, WorkerRequest } from "./training-worker.ts";

export interface TrainInWorkerOptions {
  /** The workspace's folder. */
  readonly root: string;
  readonly run: string;
  /** @default "auto" */
  readonly device?: string | undefined;
  /** The most threads that compute. @default as `openDevice` has it */
  readonly threads?: number | undefined;
  /** See `TrainOptions`. */
  readonly progressSteps?: number | undefined;
  /** Let other threads of this machine compute first, where it can tell threads apart: Linux. @default false */
  readonly behind?: boolean | undefined;
  /** Ends the training with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains a run, new or stopped, in a thread of its own. The thread works only while an event is being waited for: not
 * asking for the next one pauses the training.
 *
 * @throws {ParrotletError} What `trainRun` throws, `run-not-found`, `out-of-memory`, and `run-busy` where another process
 * trains this run.
 */
export async function* trainInWorker(options: TrainInWorkerOptions): AsyncGenerator<RunEvent, void> {
  const { root, run: name, device = "auto", threads, progressSteps, behind = false, signal } = options;
  const run = await new Workspace(new FileStorage(root)).run(name);
  const unlock = await lockFolder(run.storage.describe(run.path), name);
  try {
    yield* eventsOf(startWorker({ root, run: name, device, threads, progressSteps, behind }), signal);
  } finally {
    await unlock();
  }
}

const startWorker = (workerData: WorkerRequest): Worker =>
  new Worker(new URL("./training-worker.js", import.meta.url), { workerData });

async function* eventsOf(worker: Worker, signal: AbortSignal | undefined): AsyncGenerator<RunEvent, void> {
  const gone = once(worker, "exit").catch(() => {}); // an error is told where a message is awaited
  const stop = (): void => worker.postMessage("stop" satisfies ToWorker);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    for (;;) {
      const message = await ask(worker);
      if ("error" in message) throw revived(message.error);
      if ("done" in message) return;
      yield message.event;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.postMessage("close" satisfies ToWorker);
    await gone;
  }
}

/** The worker's next message; an error where it dies instead of answering. */
function ask(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      finish();
    };
    const onMessage = (message: FromWorker): void => settle(() => resolve(message));
    const onError = (error: Error): void => settle(() => reject(explained(error)));
    const onExit = (code: number): void =>
      settle(() => reject(new InternalError(`the training thread ended with code ${code}`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage("next" satisfies ToWorker);
  });
}

function explained(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_OUT_OF_MEMORY") return error;
  const message =
    "The training ran out of memory. Take less data, or give Node more: NODE_OPTIONS=--max-old-space-size=8192";
  return new ParrotletError("out-of-memory", message, { cause: error });
}

function revived({ code, message, stack }: Extract<FromWorker, { error: object }>["error"]): Error {
  if (code !== undefined) return new ParrotletError(code, message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
