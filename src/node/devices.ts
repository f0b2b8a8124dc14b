import { readFile } from "node:fs/promises";
import { ParrotletError } from "../base/index.ts";
import {
  bestWasmBuild,
  createWasmDevice,
  type Device,
  ReferenceDevice,
  type WasmBuild,
  wasmFile,
} from "../engine/index.ts";
import { startThread, threadCount } from "./engine-threads.ts";
import { chooseNative, createNativeDevice } from "./native.ts";

/** The names by which a device can be asked for. `auto` is the fastest that runs here. */
export const deviceNames = ["auto", "native", "wasm", "wasm-relaxed", "reference"] as const;
export type DeviceName = (typeof deviceNames)[number];

export interface DeviceOptions {
  /** The most threads that compute. @default `PARROTLET_THREADS`, else one for each core */
  readonly threads?: number | undefined;
  /** Multiplications of a step from which more than one of them is used. @default 3,000,000 */
  readonly worthThreads?: number | undefined;
}

/** @throws {ParrotletError} `unknown-device`, also for one that does not run here; `bad-threads`. */
export async function openDevice(name: string = "auto", options: DeviceOptions = {}): Promise<Device> {
  if (name === "reference") return new ReferenceDevice();
  const threads = threadCount(options.threads);
  if (name === "wasm" || (name === "wasm-relaxed" && bestWasmBuild() === name))
    return openWasm(name, threads, options);
  if (name !== "auto" && name !== "native") throw unknown(name);
  const { build, why } = chooseNative();
  if (build) return createNativeDevice(build, threads, options.worthThreads);
  if (name === "native") throw new ParrotletError("unknown-device", `${why} ${choice}`);
  return openWasm(bestWasmBuild(), threads, options);
}

const choice = `Choose one of ${deviceNames.join(", ")}.`;

function unknown(name: string): ParrotletError {
  const problem =
    name === "wasm-relaxed"
      ? "This Node has no relaxed SIMD; Node 22 and later do."
      : `There is no device ${JSON.stringify(name)}.`;
  return new ParrotletError("unknown-device", `${problem} ${choice}`);
}

async function openWasm(build: WasmBuild, threads: number, { worthThreads }: DeviceOptions): Promise<Device> {
  // From src/ and from dist/ alike: both lie one folder below the package.
  const file = new URL(`../../src/engine/kernels/${wasmFile(build)}`, import.meta.url);
  return createWasmDevice(build, await readFile(file), {
    count: threads,
    worthThreads,
    start: (place) => startThread({ kind: "wasm", place }),
  });
}
