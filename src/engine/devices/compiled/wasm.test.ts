import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { describeRandomGraphs } from "../../compile/random-graphs.contract.ts";
import { describeDevice } from "../device.contract.ts";
import { createWasmDevice, type WasmBuild, wasmFile } from "./wasm.ts";

// Node 20 knows relaxed SIMD, but only on request.
setFlagsFromString("--experimental-wasm-relaxed-simd");

const load = (build: WasmBuild) => () =>
  createWasmDevice(build, readFileSync(new URL(`../../kernels/${wasmFile(build)}`, import.meta.url)));

describeDevice("wasm", load("wasm"));
describeDevice("wasm-relaxed", load("wasm-relaxed"));
describeRandomGraphs("wasm", load("wasm"));
