import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff.ts";
import { compile } from "../compile/compile.ts";
import { ReferenceDevice } from "../devices/reference/reference.ts";
import { ParameterLayout } from "../layout.ts";
import { Input, type Parameter, type Tensor } from "../tensor.ts";
import { causalAttention } from "./attention.ts";
import { ids, leaf } from "./gradients.contract.ts";
import { crossEntropy } from "./loss.ts";

/** The outputs of a program of one parameter, and the parameter's gradient. */
function compute(
  parameter: Parameter,
  value: (i: number) => number,
  { loss, ...outputs }: { loss: Tensor } & Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, readonly number[]>>,
) {
  const layout = new ParameterLayout([[parameter]]);
  const wanted = gradients(loss, [parameter]);
  const program = new ReferenceDevice().load(
    compile({ layout, outputs: { loss, ...outputs }, gradients: wanted }),
  );
  for (const [name, values] of Object.entries(inputs)) program.write(name, values);
  program.region("parameters").write(
    0,
    Float32Array.from({ length: parameter.size }, (_, i) => value(i)),
  );
  program.run();
  const gradient = program.region("gradients").read(0, parameter.size);
  const width = parameter.shape.at(-1) ?? 1;
  return {
    read: (name: string): Float32Array => program.read(name),
    gradientRow: (row: number): Float32Array => gradient.slice(row * width, (row + 1) * width),
  };
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
}

/** What torch 2.13 gives in double precision. */
describe("PyTorch's numbers", () => {
  it("of cross_entropy with label_smoothing=0.15 and ignored rows", () => {
    const logits = leaf("logits", 5, 7);
    const targets = ids("targets", 5);
    const { loss, losses } = crossEntropy(logits, targets, { smoothing: 0.15 });
    const { read, gradientRow } = compute(
      logits,
      (i) => 2 * Math.sin(1 + 3 * i),
      { loss, losses },
      { targets: [3, -100, 0, 6, 3] },
    );
    expectClose(read("loss"), [3.243314278]);
    expectClose(read("losses"), [3.535313863, 0, 4.503797984, 2.264605959, 2.669539308]);
    expectClose(
      gradientRow(0),
      [0.091512204, -0.001394877, 0.061622877, -0.211793087, 0.036353455, 0.004763878, 0.01893555],
    );
    expectClose(gradientRow(1), [0, 0, 0, 0, 0, 0, 0]);
    expectClose(
      gradientRow(3),
      [0.088224934, -0.002671965, 0.064508092, -0.001518024, 0.040751577, 0.000756736, -0.19005135],
    );
  });

  it.each([true, false])("of attention under a mask of segments, weights kept: %s", (kept) => {
    const qkv = leaf("qkv", 2, 6, 18);
    const segments = new Input("segments", [2, 6], { dtype: "i32", segments: true });
    const factors = new Input("factors", [2, 6, 6]);
    const { out } = causalAttention(qkv, { heads: 2 }, { segments, keepWeights: () => kept });
    const { read, gradientRow } = compute(
      qkv,
      (i) => Math.sin(1 + 2 * i),
      { out, loss: out.multiply(factors).sum() },
      {
        segments: [0, 0, 2, 2, 2, 5, 0, 1, 1, 1, 1, 1],
        factors: Array.from({ length: factors.size }, (_, i) => Math.cos(i)),
      },
    );
    expectClose(read("loss"), [0.10443079]);
    expectClose(
      read("out").slice(4 * 6, 5 * 6),
      [0.078998351, 0.4146001, -0.424067391, -0.04925813, 0.460278341, -0.333828621],
    );
    expectClose(gradientRow(2), [
      ...[0, 0, 0, 0, 0, 0],
      ...[-0.113669732, 0.071181615, 0.054425725, 0.106334695, -0.026478293, -0.08429698],
      ...[1.146227737, 1.399014985, 0.365554307, -1.001554756, -1.449446088, -0.564723371],
    ]);
    expectClose(gradientRow(6), [
      ...[0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0],
      ...[-0.12796369, 0.765414052, 0.955073644, 0.266642932, -0.666938062, -0.987339278],
    ]);
  });
});
