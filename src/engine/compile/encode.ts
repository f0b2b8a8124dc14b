import { present } from "../../base/index.ts";
import { fieldsOf, kernels } from "../kernels/instructions.ts";
import { REGIONS } from "../program.ts";
import type { Tensor } from "../tensor.ts";
import type { Place } from "./plan.ts";
import type { Step } from "./step.ts";

/** Writes steps as instructions. */
export function encode(
  steps: readonly Step[],
  places: ReadonlyMap<Tensor, Place>,
): { code: Int32Array; relocations: Int32Array } {
  const code: number[] = [];
  const relocations: number[] = [];
  const word = new DataView(new ArrayBuffer(4));
  for (const step of steps) {
    const fields = fieldsOf(step.kernel);
    code.push(kernels.indexOf(step.kernel), fields.length);
    for (const { name, part } of fields) {
      if (part === "input" || part === "output") {
        const tensor = (part === "input" ? step.inputs : step.outputs)[name];
        const place = tensor && present(places.get(tensor), `the place of ${step.kernel}'s ${name}`);
        if (place) relocations.push(code.length, REGIONS.indexOf(place.region));
        code.push(place?.offset ?? -1);
      } else {
        const value = present(step.numbers[name], `${step.kernel}'s ${name}`);
        if (part === "integer") word.setInt32(0, value);
        else word.setFloat32(0, value);
        code.push(word.getInt32(0));
      }
    }
  }
  return { code: Int32Array.from(code), relocations: Int32Array.from(relocations) };
}
