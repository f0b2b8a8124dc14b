import { ParrotletError } from "../base/index.ts";
import {
  bestWasmBuild,
  checkedThreads,
  createWasmDevice,
  type Device,
  MOST_THREADS,
  ReferenceDevice,
  type WasmBuild,
  type WasmThread,
} from "../engine/index.ts";

/** The names by which a device can be asked for. `auto` is the fastest that runs here. */
export type DeviceName = "auto" | WasmBuild | "reference";

export interface DeviceOptions {
  /** The most threads that compute. @default one for each core, where threads are possible */
  readonly threads?: number | undefined;
  /** Multiplications of a step from which more than one of them is used. @default 3,000,000 */
  readonly worthThreads?: number | undefined;
}

/** Bundlers look for just this form. */
const FILES: Readonly<Record<WasmBuild, URL>> = {
  wasm: new URL("../../src/engine/kernels/parrotlet.wasm", import.meta.url),
  "wasm-relaxed": new URL("../../src/engine/kernels/parrotlet-relaxed.wasm", import.meta.url),
};

/**
 * A device in a browser. It computes where it is opened: in a worker, so that the page stays responsive.
 *
 * @throws {ParrotletError} `unknown-device`, also for one that does not run here; `bad-threads`; `kernels-not-loaded`.
 */
export async function openDevice(name: DeviceName = "auto", options: DeviceOptions = {}): Promise<Device> {
  if (name === "reference") return new ReferenceDevice();
  const best = bestWasmBuild();
  const build = name === "auto" ? best : name;
  if (!(build in FILES) || (build === "wasm-relaxed" && best !== build)) {
    const message = `There is no device ${JSON.stringify(name)} in this browser. Choose one of auto, wasm, reference.`;
    throw new ParrotletError("unknown-device", message);
  }
  const count = threadCount(options.threads);
  return createWasmDevice(build, await load(FILES[build]), {
    count,
    worthThreads: options.worthThreads,
    start: startThread,
  });
}

/**
 * How many threads compute: as many as asked for, else one for each core; 1 where there can be no more. More take a page
 * that is cross-origin isolated, whose memory can be shared, and a worker, since a page itself may not wait.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/API/Window/crossOriginIsolated
 * @throws {ParrotletError} `bad-threads`
 */
export function threadCount(asked?: number): number {
  const count = checkedThreads(
    asked ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency),
    "The number of threads",
  );
  return crossOriginIsolated && "WorkerGlobalScope" in globalThis ? count : 1;
}

async function load(file: URL): Promise<Uint8Array> {
  const problem = (why: string, cause?: unknown): ParrotletError =>
    new ParrotletError("kernels-not-loaded", `${file.href} could not be loaded: ${why}.`, { cause });
  const response = await fetch(file).catch((cause: unknown) => {
    throw problem(cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (!response.ok) throw problem(`the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A thread that cannot be started is never ready, and the others compute without it. */
function startThread(thread: WasmThread): void {
  // From src/ and from dist/ alike: both lie one folder below the package.
  const worker = new Worker(new URL("../../dist/browser/engine-thread.js", import.meta.url), {
    type: "module",
  });
  worker.postMessage(thread);
}
