import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { checkedThreads, MOST_THREADS, type TeamPlace, type WasmThread } from "../engine/index.ts";

/** What a thread of a device is given. */
export type NodeThread =
  | { readonly kind: "wasm"; readonly place: WasmThread }
  | { readonly kind: "native"; readonly build: string; readonly place: TeamPlace };

/**
 * How many threads compute: as many as asked for, by `PARROTLET_THREADS` where nobody asks, else one for each core.
 *
 * @throws {ParrotletError} `bad-threads`
 */
export function threadCount(asked?: number): number {
  const set = process.env["PARROTLET_THREADS"];
  const source = asked === undefined ? "PARROTLET_THREADS" : "The number of threads";
  return checkedThreads(
    asked ?? (set ? Number(set) : Math.min(MOST_THREADS, availableParallelism())),
    source,
  );
}

/** Starts a thread that computes for a device until that is released. It does not keep the process alive. */
export function startThread(thread: NodeThread): void {
  // From src/ and from dist/ alike: both lie one folder below the package.
  const file = new URL("../../dist/node/engine-thread.js", import.meta.url);
  const worker = new Worker(file, { workerData: thread });
  worker.on("error", () => {}); // it is never ready then, and the others compute without it
  worker.unref();
}
