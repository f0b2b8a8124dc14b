/** The thread that trains. It goes on by one event whenever it is asked to, so that whoever watches sets the pace. */
import { parentPort, workerData } from "node:worker_threads";
import { ParrotletError, present } from "../base/index.ts";
import { loadTokenizer } from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import type { TrainingData } from "../train/index.ts";
import { type Run, type RunEvent, trainRun, Workspace } from "../workspace/index.ts";
import { openDevice } from "./devices.ts";
import { FileStorage } from "./file-storage.ts";
import { loadData } from "./library.ts";

export interface WorkerRequest {
  /** The workspace's folder. */
  readonly root: string;
  readonly run: string;
  readonly device: string;
  readonly threads: number | undefined;
  readonly progressSteps: number | undefined;
}

export type ToWorker = "next" | "stop" | "close";
export type FromWorker =
  | { readonly event: RunEvent }
  | { readonly done: true }
  | {
      readonly error: {
        readonly code: string | undefined;
        readonly message: string;
        readonly stack: string | undefined;
      };
    };

const port = present(parentPort, "the thread that started this worker");
const { root, run: name, device: deviceName, threads, progressSteps } = workerData as WorkerRequest;

let device: Device | undefined;

async function* events(signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  const run = await new Workspace(new FileStorage(root)).run(name);
  const data = await dataOf(run);
  device = await openDevice(deviceName, { threads });
  yield* trainRun({ run, data, device, signal, progressSteps, now: () => new Date() });
}

/** The data of a run, with the tokenizer that its checkpoints have, where it goes on. */
async function dataOf(run: Run): Promise<TrainingData> {
  const from = await run.resumableStep();
  const tokenizer =
    from === undefined ? undefined : await loadTokenizer(run.storage, run.checkpointPath(from));
  return loadData(await run.recipe(), { root, tokenizer });
}

const stop = new AbortController();
const stream = events(stop.signal);
port.on("message", (message: ToWorker) => {
  if (message === "close") {
    port.close();
    device?.release();
  } else if (message === "stop") stop.abort();
  else void next();
});

async function next(): Promise<void> {
  let answer: FromWorker;
  try {
    const { value } = await stream.next();
    answer = value ? { event: value } : { done: true };
  } catch (error) {
    answer = { error: described(error) };
  }
  port.postMessage(answer);
}

function described(error: unknown): Extract<FromWorker, { error: object }>["error"] {
  const code = error instanceof ParrotletError ? error.code : undefined;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code, message, stack };
}
