import { readFile } from "node:fs/promises";
import { ParrotletError } from "../base/index.ts";
import { bestWasmBuild, type Device, ReferenceDevice, WasmDevice, wasmFile } from "../engine/index.ts";

/** The names by which a device can be asked for. `auto` is the fastest that runs here. */
export const deviceNames = ["auto", "wasm", "reference"] as const;
export type DeviceName = (typeof deviceNames)[number];

/** @throws {ParrotletError} `unknown-device`. */
export async function openDevice(name: string = "auto"): Promise<Device> {
  if (name === "reference") return new ReferenceDevice();
  if (name !== "auto" && name !== "wasm") {
    const message = `There is no device ${JSON.stringify(name)}. Choose one of ${deviceNames.join(", ")}.`;
    throw new ParrotletError("unknown-device", message);
  }
  const build = bestWasmBuild();
  // From src/ and from dist/ alike: both lie one folder below the package.
  const file = new URL(`../../src/engine/kernels/${wasmFile(build)}`, import.meta.url);
  return WasmDevice.create(build, await readFile(file));
}
