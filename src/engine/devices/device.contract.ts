import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { compile } from "../compile/compile.ts";
import { fieldsOf, type Kernel, kernels } from "../kernels/kernel.ts";
import { ParameterLayout } from "../layout.ts";
import { Input, type Node, record, sizeOf } from "../tensor.ts";
import type { Device } from "./device.ts";
import { type Call, calls, type Draw, EXTENTS } from "./kernel-calls.contract.ts";
import { ReferenceDevice } from "./reference/reference.ts";

/** What a kernel leaves in its outputs and in the inputs that it changes. */
function runKernel(device: Device, kernel: Kernel, call: Call, fill: ReadonlyMap<string, Float64Array>) {
  const isInteger = (name: string): boolean => call.integers?.[name] !== undefined;
  const inputs = Object.fromEntries(
    Object.entries(call.inputs).map(([name, shape]) => [
      name,
      new Input(name, shape, { dtype: isInteger(name) ? "i32" : "f32" }),
    ]),
  );
  const made = record(kernel, inputs as never, call.numbers as never, call.outputs as never);
  const { node, ...outputs } = made as unknown as { node: Node } & Record<string, Input>;
  const changed = Object.fromEntries(Object.entries(inputs).filter(([name]) => !isInteger(name)));
  const program = compile({
    layout: new ParameterLayout([]),
    outputs: { ...outputs, ...changed },
    effects: [node],
  });
  const executable = device.load(program);
  for (const name of Object.keys(inputs))
    executable.write(name, call.integers?.[name] ?? fill.get(name) ?? []);
  executable.run();
  const results = Object.keys({ ...outputs, ...changed }).map(
    (name) => [name, executable.read(name)] as const,
  );
  executable.release();
  return new Map(results);
}

/** Some operands are not arbitrary: a variance is not negative, and attention weights are 0 where nothing is read. */
function draws(rng: Rng, kernel: Kernel, call: Call): Map<string, Float64Array> {
  const fill = new Map<string, Float64Array>();
  for (const [name, shape] of Object.entries(call.inputs)) {
    const positive = ["variance", "rate", "rstd", "norm", "probabilities"].includes(name);
    const values = Float64Array.from({ length: sizeOf(shape) }, () =>
      positive ? rng.uniform() : rng.normal(),
    );
    if (name === "weights") {
      const [, heads = 1, time = 1, padded = 1] = shape;
      for (let i = 0; i < values.length; i++) {
        const [column, row] = [i % padded, Math.floor(i / padded)];
        const token = Math.floor(row / time / heads) * time + (row % time);
        const first = call.integers?.["segments"]?.[token] ?? 0;
        if (column > row % time || column < first) values[i] = 0;
      }
    }
    fill.set(name, Float64Array.from(Float32Array.from(values)));
  }
  if (kernel === "embed" || kernel === "embedGrad") fill.delete("ids");
  return fill;
}

/** The largest difference, relative to the largest number where that is above 1. */
function difference(actual: Float32Array, expected: Float32Array): number {
  let [largest, error] = [1, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const off = Math.abs(actual[i]! - expected[i]!);
    error = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(error, off);
  }
  return error / largest;
}

/** Iterations make of small errors larger ones, as they do of small singular values. */
const TOLERANCES: { readonly [K in Kernel]?: number } = { muon: 1e-3 };
const TOLERANCE = 2e-5;
const ROUNDS = 40;
/** Where a number that is none must not get lost: a training that diverges has to be noticed. */
const NAN_SPREADS: readonly Kernel[] = [
  ...([
    "add",
    "multiply",
    "scale",
    "sum",
    "norm",
    "sumRows",
    "matmul",
    "embed",
    "activate",
    "headNorm",
    "blend",
    "swiglu",
    "layerNorm",
  ] as const),
  ...(["rmsNorm", "attention", "crossEntropy", "crossEntropyGrad", "sgd", "muon", "adam"] as const),
];

/** What every device promises: each kernel computes what the reference computes, on shapes of all kinds. */
export function describeDevice(name: string, create: () => Promise<Device>): void {
  describe(`${name} computes what reference does`, () => {
    it.each(kernels)("%s", async (kernel) => {
      const device = await create();
      const reference = new ReferenceDevice();
      const rng = new Rng(2026, kernels.indexOf(kernel));
      const draw: Draw = (...choices) => {
        const from = choices.length > 0 ? choices : EXTENTS;
        return from[rng.below(from.length)]!;
      };
      const list = (count: number, below: number) => Array.from({ length: count }, () => rng.below(below));
      for (let round = 0; round < ROUNDS; round++) {
        const call = calls[kernel](draw, list);
        if (call.numbers["bf16"] && !device.bf16) continue;
        const fill = draws(rng, kernel, call);
        const expected = runKernel(reference, kernel, call, fill);
        const actual = runKernel(device, kernel, call, fill);
        for (const [output, values] of expected) {
          const error = difference(actual.get(output)!, values);
          expect(error, `${output} of ${kernel} ${JSON.stringify(call)}`).toBeLessThan(
            TOLERANCES[kernel] ?? TOLERANCE,
          );
        }
      }
    });

    it.each(NAN_SPREADS)("%s loses no NaN", async (kernel) => {
      const device = await create();
      const rng = new Rng(7);
      const pick: Draw = (...choices) =>
        (choices.length > 0 ? choices : EXTENTS)[rng.below(choices.length || EXTENTS.length)]!;
      for (let round = 0; round < 20; round++) {
        const call = calls[kernel](pick, (count, below) =>
          Array.from({ length: count }, () => rng.below(below)),
        );
        if (call.numbers["bf16"] && !device.bf16) continue;
        const fill = draws(rng, kernel, call);
        const [poisoned] = Object.keys(call.inputs).filter((name) => !call.integers?.[name]);
        const values = fill.get(poisoned ?? "")!;
        values[rng.below(values.length)] = Number.NaN;
        const expected = runKernel(new ReferenceDevice(), kernel, call, fill);
        const actual = runKernel(device, kernel, call, fill);
        for (const [output, wanted] of expected) {
          if (output === "normalizers") continue; // pairs, of which one is enough: weights are NaN then
          const lost = wanted.findIndex(
            (value, i) => Number.isNaN(value) && !Number.isNaN(actual.get(output)![i]),
          );
          expect(lost, `${output} of ${kernel} ${JSON.stringify(call)}`).toBe(-1);
        }
      }
    });

    it("copies stretches of regions, within one and from another", async () => {
      const device = await create();
      const [one, other] = [device.allocate(40), device.allocate(50)];
      const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
      one.write(0, numbers(0, 40));
      other.write(0, numbers(100, 50));
      one.copy(other, 7, 3, 4);
      expect([...one.read(0, 9)]).toEqual([0, 1, 2, 107, 108, 109, 110, 7, 8]);
      other.copy(other, 0, 2, 5); // overlapping
      expect([...other.read(0, 8)]).toEqual([100, 101, 100, 101, 102, 103, 104, 107]);
      one.copy(other, 10, 36, 4);
      expect([...one.read(34, 6)]).toEqual([34, 35, 110, 111, 112, 113]);
      expect(() => one.copy(other, 48, 0, 3)).toThrow("3 words at 48");
      expect(() => one.copy(other, 0, 38, 3)).toThrow("3 words at 38");
      one.release();
      other.release();
    });

    it("tries every kernel with all its operands", () => {
      for (const kernel of kernels) {
        const rng = new Rng(1);
        const seen = new Set<string>();
        for (let round = 0; round < 100; round++) {
          const call = calls[kernel](
            (...choices) =>
              (choices.length > 0 ? choices : EXTENTS)[rng.below(choices.length || EXTENTS.length)]!,
            (count) => new Array(count).fill(0),
          );
          for (const operand of Object.keys({ ...call.inputs, ...call.outputs, ...call.numbers }))
            seen.add(operand);
        }
        expect([...seen].sort(), kernel).toEqual(
          fieldsOf(kernel)
            .map((field) => field.name)
            .sort(),
        );
      }
    });
  });
}
