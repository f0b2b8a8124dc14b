import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import {
  compile,
  createWasmDevice,
  type Device,
  Input,
  Parameter,
  ParameterLayout,
  ReferenceDevice,
} from "../engine/index.ts";
import { optimizerDefaults, optimizerStep } from "./optimizer.ts";

const kernels = readFileSync(new URL("../engine/kernels/parrotlet.wasm", import.meta.url));
const devices: Record<string, () => Device | Promise<Device>> = {
  "the reference in f64": () => new ReferenceDevice({ precision: "f64" }),
  wasm: () => createWasmDevice("wasm", kernels),
};

/** `count` vectors of length 1, each at right angles to the others (Gram-Schmidt, twice). */
function axes(count: number, length: number, rng: Rng): number[][] {
  const made: number[][] = [];
  while (made.length < count) {
    let vector = Array.from({ length }, () => rng.normal());
    for (const other of [...made, ...made]) {
      const along = dot(vector, other);
      vector = vector.map((x, i) => x - along * (other[i] ?? 0));
    }
    made.push(vector.map((x) => x / Math.sqrt(dot(vector, vector))));
  }
  return made;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** What one step at rate 1 takes away from a matrix that has this gradient, row by row. */
async function stepOf(create: () => Device | Promise<Device>, gradient: readonly number[][]) {
  const [rows, columns] = [gradient.length, gradient[0]?.length ?? 0];
  const matrix = new Parameter("matrix", [rows, columns], { kind: "constant", value: 0 });
  const layout = new ParameterLayout([[], [matrix], []]);
  const [rate, step] = [new Input("rate", [1]), new Input("step", [1], { dtype: "i32" })];
  const config = { ...optimizerDefaults, kind: "muon", momentum: 0, decay: 0, clipNorm: 0 } as const;
  const { effects, norm } = optimizerStep(layout, config, { rate, step });
  const program = (await create()).load(compile({ layout, outputs: { norm }, effects, inputs: [step] }));
  program.region("gradients").write(0, gradient.flat());
  program.write("rate", [1]);
  program.run();
  const after = [...program.region("parameters").read(0, rows * columns)];
  return Array.from({ length: rows }, (_, row) =>
    after.slice(row * columns, (row + 1) * columns).map((x) => -x / Math.sqrt(Math.max(1, columns / rows))),
  );
}

const spread = (count: number, smallest: number): number[] =>
  Array.from({ length: count }, (_, i) => smallest ** (i / Math.max(1, count - 1)));

const gradients: Record<string, (rank: number) => number[]> = {
  "one singular value, again and again": (rank) => new Array(rank).fill(1),
  "singular values from 1 to 0.01": (rank) => spread(rank, 0.01),
  "a few large ones and no others": (rank) => spread(Math.ceil(rank / 4), 0.1),
  "a single one": () => [1],
  "tiny ones, as of a model that has learned": (rank) => spread(rank, 0.05).map((x) => x * 1e-3),
  "huge ones": (rank) => spread(rank, 0.05).map((x) => x * 1e6),
};

describe.each(Object.entries(devices))("Muon on %s", (name, create) => {
  const shapes = [[8, 24], [40, 24], [33, 33], ...(name === "wasm" ? [[64, 192]] : [])] as const;
  it.each(Object.entries(gradients))("steps as far in every direction, given %s", async (_, valuesOf) => {
    for (const [rows = 1, columns = 1] of shapes) {
      const values = valuesOf(Math.min(rows, columns));
      const rng = new Rng(rows, columns);
      const [left, right] = [axes(values.length, rows, rng), axes(values.length, columns, rng)];
      const gradient = Array.from({ length: rows }, (_row, i) =>
        Array.from({ length: columns }, (_column, j) =>
          values.reduce((sum, x, k) => sum + x * (left[k]?.[i] ?? 0) * (right[k]?.[j] ?? 0), 0),
        ),
      );
      const step = await stepOf(create, gradient);
      const norm = Math.sqrt(dot(values, values));
      const mapped = right.map((axis) => step.map((row) => dot(row, axis)));
      let square = 0;
      for (const [k, image] of mapped.entries()) {
        const along = dot(image, left[k] ?? []);
        square += along * along;
        const reached = (values[k] ?? 0) / norm >= 0.003;
        expect(along, `${rows} x ${columns}, value ${k}`).toBeGreaterThan(reached ? 0.79 : 0);
        expect(along, `${rows} x ${columns}, value ${k}`).toBeLessThan(1.21);
      }
      // Nothing is left beside these directions.
      const whole = step.reduce((sum, row) => sum + dot(row, row), 0);
      expect(Math.abs(whole - square) / square, `${rows} x ${columns}`).toBeLessThan(1e-3);
    }
  });

  it("leaves a matrix without gradient alone", async () => {
    const zeros = Array.from({ length: 9 }, () => new Array<number>(5).fill(0));
    expect((await stepOf(create, zeros)).flat().every((x) => x === 0)).toBe(true);
  });
});
