/**
 * The most that this machine multiplies and adds in f32 with so many threads at once: node peak.mjs THREADS
 *
 * Each thread works in registers alone; what a program reaches of it is what its memory and its order of work leave.
 */
import { createRequire } from "node:module";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { chooseNative } from "../dist/node/index.js";
import { here } from "./contest.mjs";
import { median } from "./sizes.mjs";

const ROUNDS = 2_000_000;

/** GFLOP/s on `threads` threads, or undefined where there are no native kernels. */
export async function measurePeak(threads) {
  const { build } = chooseNative();
  if (!build) return undefined;
  const barrier = new SharedArrayBuffer(4);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: { build, barrier, threads } }),
  );
  const speeds = await Promise.all(
    workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))),
  );
  return speeds.reduce((sum, speed) => sum + speed, 0);
}

if (!isMainThread && workerData?.barrier) {
  const { multiply_adds: multiplyAdds } = createRequire(import.meta.url)(
    here(`../src/engine/kernels/${workerData.build}.node`),
  );
  const arrived = new Int32Array(workerData.barrier);
  Atomics.add(arrived, 0, 1);
  while (Atomics.load(arrived, 0) < workerData.threads); // all work at once, or it is no common peak
  const speeds = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    const operations = multiplyAdds(ROUNDS);
    return operations / (performance.now() - begun) / 1e6;
  });
  parentPort.postMessage(median(speeds));
} else if (process.argv[1] === here("peak.mjs")) {
  const threads = Number(process.argv[2] ?? 1);
  process.stdout.write(`${(await measurePeak(threads))?.toFixed(0)} GFLOP/s on ${threads} threads\n`);
}
