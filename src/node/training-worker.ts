/** The thread that trains. It goes on by one event whenever it is asked to, so that whoever watches sets the pace. */
import { parentPort, workerData } from "node:worker_threads";
import { ParrotletError, present } from "../base/index.ts";
import { loadTokenizer } from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import type { TrainingData } from "../train/index.ts";
import { type Run, type RunEvent, trainRun, Workspace } from "../workspace/index.ts";
import { stepBack } from "./background.ts";
import { openDevice } from "./devices.ts";
import { FileStorage } from "./file-storage.ts";
import { loadData } from "./library.ts";
import { findStart, loadStart } from "./start-model.ts";

export interface WorkerRequest {
  /** The workspace's folder. */
  readonly root: string;
  readonly run: string;
  readonly device: string;
  readonly threads: number | undefined;
  readonly progressSteps: number | undefined;
  readonly behind: boolean;
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
const { root, run: name, device: deviceName, threads, progressSteps, behind } = workerData as WorkerRequest;

if (behind) stepBack();
const workspace = new Workspace(new FileStorage(root));
let device: Device | undefined;

async function* events(signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  const run = await workspace.run(name);
  const data = await dataOf(run);
  const opened = await openDevice(deviceName, { threads });
  device = opened;
  const { from } = await run.recipe();
  const loadFrom = from && (() => loadStart(workspace, from, opened));
  yield* trainRun({ run, data, device, loadFrom, signal, progressSteps, now: () => new Date() });
}

/** The data of a run, with the tokenizer that its checkpoints have, where it goes on, or that of the model that it begins with. */
async function dataOf(run: Run): Promise<TrainingData> {
  const recipe = await run.recipe();
  const step = await run.resumableStep();
  if (step !== undefined) {
    const tokenizer = await loadTokenizer(run.storage, run.checkpointPath(step));
    return loadData(recipe, { root, tokenizer });
  }
  const start = recipe.from && (await findStart(workspace, recipe.from));
  return loadData(recipe, { root, tokenizer: start?.tokenizer });
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
