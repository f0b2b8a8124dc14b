import { readFile } from "node:fs/promises";
import { ParrotletError } from "../base/index.ts";
import {
  bestWasmBuild,
  type Device,
  ReferenceDevice,
  type WasmBuild,
  WasmDevice,
  wasmFile,
} from "../engine/index.ts";

/** The names by which a device can be asked for. `auto` is the fastest that runs here. */
export const deviceNames = ["auto", "wasm", "wasm-relaxed", "reference"] as const;
export type DeviceName = (typeof deviceNames)[number];

/** @throws {ParrotletError} `unknown-device`, also for one that does not run here. */
export async function openDevice(name: string = "auto"): Promise<Device> {
  if (name === "reference") return new ReferenceDevice();
  if (name === "auto") return openWasm(bestWasmBuild());
  if (name === "wasm" || (name === "wasm-relaxed" && bestWasmBuild() === name)) return openWasm(name);
  const problem =
    name === "wasm-relaxed"
      ? "This Node has no relaxed SIMD; Node 22 and later do."
      : `There is no device ${JSON.stringify(name)}.`;
  throw new ParrotletError("unknown-device", `${problem} Choose one of ${deviceNames.join(", ")}.`);
}

async function openWasm(build: WasmBuild): Promise<Device> {
  // From src/ and from dist/ alike: both lie one folder below the package.
  const file = new URL(`../../src/engine/kernels/${wasmFile(build)}`, import.meta.url);
  return WasmDevice.create(build, await readFile(file));
}
