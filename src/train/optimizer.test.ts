import { describe, expect, it } from "vitest";
import { compile, gradients, Input, Parameter, ParameterLayout, ReferenceDevice } from "../engine/index.ts";
import { type OptimizerConfig, optimizerDefaults, optimizerStep } from "./optimizer.ts";

/** Minimizes `sum(x * w)` from given weights for three steps, whose gradients are x. Returns the weights after each. */
function descend(
  config: Partial<OptimizerConfig>,
  start: readonly number[],
  slopes: readonly (readonly number[])[],
) {
  const full = { ...optimizerDefaults, decay: 0, clipNorm: 0, ...config };
  const matrix = new Parameter("matrix", [1, start.length], { kind: "constant", value: 0 });
  const vector = new Parameter("vector", [start.length], { kind: "constant", value: 0 });
  const layout = new ParameterLayout([[matrix], [], [vector]]);
  const x = new Input("x", [1, start.length]);
  const [rate, step] = [new Input("rate", [1]), new Input("step", [1], { dtype: "i32" })];
  const loss = matrix.multiply(x).sum();
  const wanted = gradients(loss, [matrix, vector]);
  const { effects, norm } = optimizerStep(layout, full, { rate, step });
  const program = new ReferenceDevice().load(
    compile({ layout, outputs: { loss, norm }, gradients: wanted, effects, inputs: [step] }),
  );
  const region = program.region("parameters");
  region.write(layout.offsetOf(matrix), start);
  region.write(layout.offsetOf(vector), start);
  program.write("rate", [0.1]);
  return slopes.map((slope, i) => {
    program.write("x", slope);
    program.write("step", [i + 1]);
    program.run();
    return {
      matrix: [...region.read(layout.offsetOf(matrix), start.length)],
      vector: [...region.read(layout.offsetOf(vector), start.length)],
      norm: program.read("norm")[0],
    };
  });
}

const expectNear = (actual: readonly number[] | undefined, expected: readonly number[]): void => {
  for (const [i, value] of expected.entries()) expect(actual?.[i]).toBeCloseTo(value, 5);
};

const slopes = [
  [1, -2],
  [1, -2],
  [3, 0],
];

describe("gradient descent", () => {
  it("goes down the slope", () => {
    const steps = descend({ kind: "sgd", momentum: 0 }, [1, 1], slopes);
    expectNear(steps[0]?.matrix, [0.9, 1.2]);
    expectNear(steps[2]?.matrix, [0.5, 1.4]);
    expect(steps[0]?.norm).toBeCloseTo(Math.sqrt(5), 5);
  });

  it("gathers speed with momentum", () => {
    const steps = descend({ kind: "sgd", momentum: 0.5 }, [1, 1], slopes);
    // velocities: [1, -2], [1.5, -3], [3.75, -1.5]
    expectNear(steps[1]?.matrix, [1 - 0.25, 1 + 0.5]);
    expectNear(steps[2]?.matrix, [1 - 0.625, 1 + 0.65]);
  });

  it("decays matrices and leaves vectors", () => {
    const [first] = descend({ kind: "sgd", momentum: 0, decay: 0.5 }, [2, 4], [[0, 0]]);
    expectNear(first?.matrix, [2 - 0.1 * 0.5 * 2, 4 - 0.1 * 0.5 * 4]);
    expectNear(first?.vector, [2, 4]);
  });
});

describe("clipping", () => {
  it("by value cuts each element", () => {
    expectNear(descend({ kind: "sgd", momentum: 0, clipValue: 1 }, [1, 1], slopes)[0]?.matrix, [0.9, 1.1]);
  });

  it("by norm keeps the direction, and touches nothing below the bound", () => {
    const length = Math.sqrt(5);
    const clipped = descend({ kind: "sgd", momentum: 0, clipNorm: 1 }, [1, 1], slopes);
    expectNear(clipped[0]?.matrix, [1 - 0.1 / length, 1 + 0.2 / length]);
    expectNear(descend({ kind: "sgd", momentum: 0, clipNorm: 10 }, [1, 1], slopes)[0]?.matrix, [0.9, 1.2]);
  });
});

describe("Adam", () => {
  it("takes a first step of the rate in the direction of each sign", () => {
    expectNear(descend({ kind: "adam" }, [1, 1], slopes)[0]?.matrix, [0.9, 1.1]);
  });

  it("follows its formula", () => {
    const [beta1, beta2, epsilon] = [0.9, 0.99, 1e-8];
    let [w, m, v] = [1, 0, 0];
    const gradients_ = slopes.map(([first = 0]) => first);
    for (const [i, g] of gradients_.entries()) {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= (0.1 * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
    }
    expect(descend({ kind: "adam" }, [1, 1], slopes).at(-1)?.matrix[0]).toBeCloseTo(w, 5);
  });

  it("with decay moves the gradient, where AdamW shrinks the weight itself", () => {
    const still = [[0, 0]];
    expectNear(descend({ kind: "adam", decay: 0.5 }, [2, 4], still)[0]?.matrix, [1.9, 3.9]);
    expectNear(descend({ kind: "adamw", decay: 0.5 }, [2, 4], still)[0]?.matrix, [2 * 0.95, 4 * 0.95]);
  });
});
