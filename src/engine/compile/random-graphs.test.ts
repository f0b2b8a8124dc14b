import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { gradients } from "../autodiff.ts";
import type { Device } from "../devices/device.ts";
import { ReferenceDevice } from "../devices/reference/reference.ts";
import { WasmDevice } from "../devices/wasm/wasm.ts";
import { ParameterLayout } from "../layout.ts";
import { gelu, swiglu } from "../ops/activation.ts";
import { causalAttention, rope } from "../ops/attention.ts";
import { linear, matmul } from "../ops/matmul.ts";
import { layerNorm, rmsNorm } from "../ops/norm.ts";
import { Parameter, type Tensor } from "../tensor.ts";
import { compile } from "./compile.ts";

const GRAPHS = 300;

/** A random graph over `[1, T, C]` tensors, and its parameters. */
function randomGraph(rng: Rng): { loss: Tensor; parameters: Parameter[] } {
  const [time, half] = [1 + rng.below(6), 1 + rng.below(4)];
  const width = 4 * half;
  const parameters: Parameter[] = [];
  const parameter = (...shape: number[]): Parameter => {
    const made = new Parameter(`p${parameters.length}`, shape, { kind: "normal", deviation: 1 });
    parameters.push(made);
    return made;
  };
  const known: Tensor[] = [parameter(1, time, width), parameter(1, time, width)];
  const any = (): Tensor => known[rng.below(known.length)]!;
  const ops: (() => Tensor)[] = [
    () => any().add(any()),
    () => any().multiply(any()),
    () => any().scale(rng.normal()),
    () => gelu(any(), rng.below(2) ? "tanh" : "erf"),
    () => linear(any(), parameter(width, width), rng.below(2) ? parameter(width) : undefined),
    () => any().add(matmul(any(), parameter(width, width), { transposeB: true })),
    () => layerNorm(any(), parameter(width), rng.below(2) ? parameter(width) : undefined),
    () => any().add(rmsNorm(any(), parameter(width))),
    () => swiglu(linear(any(), parameter(width, 2 * width))),
    () => causalAttention(rope(linear(any(), parameter(width, 3 * width)), { heads: 2 }), { heads: 2 }).out,
    () => causalAttention(linear(any(), parameter(width, 2 * width)), { heads: 2, kvHeads: 1 }).out,
  ];
  for (let i = 2 + rng.below(8); i > 0; i--) known.push(ops[rng.below(ops.length)]!());
  const loss = known
    .slice(2)
    .reduce((sum, tensor) => sum.add(tensor.multiply(tensor).sum()), known[0]!.sum());
  return { loss, parameters };
}

/** The loss and all gradients. */
function compute(device: Device, loss: Tensor, parameters: readonly Parameter[]): Float64Array {
  const layout = new ParameterLayout([parameters]);
  const program = device.load(compile({ layout, outputs: { loss }, gradients: gradients(loss, parameters) }));
  const rng = new Rng(5);
  const values = Float32Array.from({ length: layout.words }, () => rng.normal() * 0.5);
  program.region("parameters").write(0, values);
  program.run();
  program.run(); // a second time, for what the first may have left behind
  const result = [...program.read("loss"), ...program.region("gradients").read(0, layout.words)];
  program.release();
  return Float64Array.from(result);
}

describe("random graphs", () => {
  it(`of many kinds agree on reference and wasm (${GRAPHS})`, async () => {
    const file = readFileSync(new URL("../kernels/parrotlet.wasm", import.meta.url));
    const wasm = await WasmDevice.create("wasm", file);
    const reference = new ReferenceDevice();
    const exact = new ReferenceDevice({ precision: "f64" });
    const rng = new Rng(2026);
    for (let graph = 0; graph < GRAPHS; graph++) {
      const { loss, parameters } = randomGraph(rng);
      const expected = compute(exact, loss, parameters);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      for (const device of [reference, wasm]) {
        const actual = compute(device, loss, parameters);
        const error = actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
        expect(error / largest, `graph ${graph} on ${device.name}`).toBeLessThan(1e-4);
      }
    }
  });
});
