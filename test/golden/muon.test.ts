import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  compile,
  type Device,
  gradients,
  Input,
  Parameter,
  ParameterLayout,
  ReferenceDevice,
} from "../../src/engine/index.ts";
import { openDevice } from "../../src/node/index.ts";
import { optimizerStep } from "../../src/train/optimizer.ts";
import { optimizerDefaults } from "../../src/train/index.ts";

type Matrix = readonly (readonly number[])[];
type Values = (row: number, column: number, step: number) => number;

const [RATE, MOMENTUM, DECAY, STEPS] = [0.02, 0.9, 0.1, 3];
const devices: Readonly<Record<string, () => Promise<Device>>> = {
  reference: async () => new ReferenceDevice(),
  wasm: () => openDevice("wasm", { threads: 1 }),
};

/** A matrix after each step of our Muon. */
function ours(device: Device, shape: readonly [number, number], values: Values, parts: readonly number[]) {
  const [rows, columns] = shape;
  const matrix = new Parameter("layers.0.matrix", shape, { kind: "constant", value: 0 }, parts);
  const layout = new ParameterLayout([[], [matrix], []]);
  const x = new Input("x", shape);
  const [rate, step] = [new Input("rate", [1]), new Input("step", [1], { dtype: "i32" })];
  const loss = matrix.multiply(x).sum(); // whose gradient is x
  const slopes = gradients(loss, [matrix]); // recorded before what uses them
  const config = { ...optimizerDefaults, kind: "muon", momentum: MOMENTUM, decay: DECAY, clipNorm: 0 } as const;
  const { effects } = optimizerStep(layout, config, { rate, step });
  const program = device.load(
    compile({ layout, outputs: { loss }, gradients: slopes, effects, inputs: [step] }),
  );
  const at = (moment: number) =>
    Array.from({ length: rows * columns }, (_, i) => values(Math.floor(i / columns), i % columns, moment));
  program.region("parameters").write(0, at(0));
  program.write("rate", [RATE]);
  return Array.from({ length: STEPS }, (_, index) => {
    program.write("x", at(index + 1));
    program.write("step", [index + 1]);
    program.run();
    return [...program.region("parameters").read(0, rows * columns)];
  });
}

/** The same in plain f64, for one map alone. */
function plain(rows: number, columns: number, values: Values): number[][] {
  const at = (step: number): number[][] =>
    Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => values(r, c, step)));
  let weight: Matrix = at(0);
  let velocity: Matrix = zip(weight, weight, () => 0);
  return Array.from({ length: STEPS }, (_, index) => {
    const gradient = at(index + 1);
    velocity = zip(velocity, gradient, (v, g) => MOMENTUM * v + (1 - MOMENTUM) * g);
    const update = newtonSchulz(zip(velocity, gradient, (v, g) => MOMENTUM * v + (1 - MOMENTUM) * g));
    const factor = RATE * Math.sqrt(Math.max(1, columns / rows));
    weight = zip(weight, update, (w, u) => (1 - RATE * DECAY) * w - factor * u);
    return weight.flat();
  });
}

const POLYNOMIALS = [
  [8.3837, -24.7659, 18.3571],
  [4.0434, -3.0114, 0.5695],
  [3.5056, -2.6267, 0.5257],
  [2.4901, -1.8343, 0.4368],
] as const;

function newtonSchulz(matrix: Matrix): Matrix {
  const norm = Math.hypot(...matrix.flat());
  let x = matrix.map((row) => row.map((value) => value / norm));
  for (const [a, b, c] of POLYNOMIALS) {
    const gram = product(x, transposed(x));
    const polynomial = zip(gram, product(gram, gram), (g, gg) => b * g + c * gg);
    x = zip(x, product(polynomial, x), (own, more) => a * own + more);
  }
  return x;
}

const zip = (a: Matrix, b: Matrix, combine: (x: number, y: number) => number): number[][] =>
  a.map((row, r) => row.map((x, c) => combine(x, b[r]?.[c] ?? Number.NaN)));
const transposed = (a: Matrix): number[][] => (a[0] ?? []).map((_, c) => a.map((row) => row[c] ?? Number.NaN));
const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) =>
    transposed(b).map((column) => row.reduce((sum, x, i) => sum + x * (column[i] ?? Number.NaN), 0)),
  );

/** As make_muon.py has it. */
const sines =
  (matrix: number): Values =>
  (row, column, step) =>
    Math.sin(1 + 3 * matrix + 7 * step + 2 * row + 5 * row * column + column);

const largestDifference = (a: readonly number[], b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN))));
};

describe.each(Object.entries(devices))("Muon on %s", (_, open) => {
  it("moves matrices as PyTorch's does", async () => {
    const file = new URL("muon.json", import.meta.url);
    const expected = JSON.parse(readFileSync(file, "utf8")) as number[][][];
    for (const [matrix, shape] of ([[4, 6], [6, 4]] as const).entries()) {
      const steps = ours(await open(), shape, sines(matrix), [shape[1]]);
      for (const [step, weights] of steps.entries())
        expect(largestDifference(weights, expected[matrix]?.[step] ?? [])).toBeLessThan(2e-5);
    }
  });

  it("moves each part of a matrix by itself, as plain f64 says", async () => {
    const [rows, parts] = [5, [8, 3, 5]] as const;
    const steps = ours(await open(), [rows, 16], sines(2), parts);
    for (const [number, width] of parts.entries()) {
      const from = parts.slice(0, number).reduce((sum, each) => sum + each, 0);
      const expected = plain(rows, width, (row, column, step) => sines(2)(row, from + column, step));
      for (const [step, weights] of steps.entries()) {
        const own = weights.filter((_, i) => i % 16 >= from && i % 16 < from + width);
        expect(largestDifference(own, expected[step] ?? [])).toBeLessThan(2e-5);
      }
    }
  });
});
