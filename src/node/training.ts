import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ParrotletError } from "../base/index.ts";
import type { RunEvent } from "../workspace/index.ts";
import { lockRun } from "./run-lock.ts";
import type { FromWorker, ToWorker, WorkerRequest } from "./training-worker.ts";

export interface TrainInWorkerOptions {
  /** The workspace's folder. */
  readonly root: string;
  readonly run: string;
  /** @default "auto" */
  readonly device?: string | undefined;
  /** See `TrainOptions`. */
  readonly progressSteps?: number | undefined;
  /** Ends the training with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains a run, new or stopped, in a thread of its own. The thread works only while an event is being waited for: not
 * asking for the next one pauses the training.
 *
 * @throws {ParrotletError} What `trainRun` throws, and `run-busy` where another process trains this run.
 */
export async function* trainInWorker(options: TrainInWorkerOptions): AsyncGenerator<RunEvent, void> {
  const { root, run, device = "auto", progressSteps, signal } = options;
  const unlock = await lockRun(root, run);
  const workerData: WorkerRequest = { root, run, device, progressSteps };
  const worker = new Worker(new URL("./training-worker.js", import.meta.url), { workerData });
  const send = (message: ToWorker): void => worker.postMessage(message);
  const stop = (): void => send("stop");
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    for (;;) {
      const answer = once(worker, "message") as Promise<[FromWorker]>;
      send("next");
      const [message] = await answer;
      if ("error" in message) throw revived(message.error);
      if ("done" in message) return;
      yield message.event;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    const exit = once(worker, "exit");
    send("close");
    await exit;
    await unlock();
  }
}

function revived({ code, message, stack }: Extract<FromWorker, { error: object }>["error"]): Error {
  if (code !== undefined) return new ParrotletError(code, message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
