import { Rng } from "../../base/index.ts";
import { gradients } from "../autodiff.ts";
import { compile } from "../compile/compile.ts";
import { ReferenceDevice } from "../devices/reference/reference.ts";
import { ParameterLayout } from "../layout.ts";
import { Input, Parameter, type Shape, type Tensor } from "../tensor.ts";

/** A parameter of random numbers, for tests. */
export const leaf = (name: string, ...shape: number[]): Parameter =>
  new Parameter(name, shape, { kind: "normal", deviation: 1 });

/** An input of whole numbers, for tests. */
export const ids = (name: string, ...shape: number[]): Input => new Input(name, shape, { dtype: "i32" });

/** The error of one gradient against finite differences, relative to the largest gradient of that leaf. */
export interface GradientError {
  readonly leaf: string;
  readonly relativeError: number;
}

/**
 * Compares the gradients of `f`, read in single precision, with central differences in double, both computed in double on
 * the reference device. The loss is a randomly weighted sum of f's elements, so that no element's error hides behind another's.
 */
export function checkGradients(
  leaves: readonly Parameter[],
  f: () => Tensor,
  inputs: Readonly<Record<string, readonly number[]>> = {},
): GradientError[] {
  const rng = new Rng(1);
  const out = f();
  const weights = new Input("loss weights", out.shape as Shape);
  const loss = out.multiply(weights).sum();
  const layout = new ParameterLayout([leaves]);
  const wanted = gradients(loss, leaves);
  const device = new ReferenceDevice({ precision: "f64" });
  const program = device.load(compile({ layout, outputs: { loss }, gradients: wanted }));
  const values = Float64Array.from({ length: layout.words }, () => rng.normal());
  const draws = Float64Array.from({ length: weights.size }, () => rng.normal());
  program.write("loss weights", draws);
  for (const [name, given] of Object.entries(inputs)) program.write(name, given);
  const parameters = program.region("parameters");
  const evaluate = (): number => {
    program.run();
    return program.readInto("loss", new Float64Array(1))[0]!;
  };
  parameters.write(0, values);
  evaluate();
  const computed = program.region("gradients").read(0, layout.words);
  return leaves.map((parameter) => {
    const offset = layout.offsetOf(parameter);
    let [largest, error] = [0, 0];
    for (let i = offset; i < offset + parameter.size; i++) {
      const h = 1e-5;
      parameters.write(i, [values[i]! + h]);
      const above = evaluate();
      parameters.write(i, [values[i]! - h]);
      const below = evaluate();
      parameters.write(i, [values[i]!]);
      const expected = (above - below) / (2 * h);
      largest = Math.max(largest, Math.abs(expected));
      error = Math.max(error, Math.abs(expected - computed[i]!));
    }
    return { leaf: parameter.name, relativeError: error / largest };
  });
}
