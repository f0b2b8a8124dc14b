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
  for (const step of steps) {
    const fields = fieldsOf(step.kernel);
    code.push(kernels.indexOf(step.kernel), fields.length);
    for (const { name, part } of fields) {
      if (part === "integer" || part === "float") {
        code.push(wordOf(present(step.numbers[name], `${step.kernel}'s ${name}`), part));
        continue;
      }
      const tensor = (part === "input" ? step.inputs : step.outputs)[name];
      const place = tensor && present(places.get(tensor), `the place of ${step.kernel}'s ${name}`);
      if (place) relocations.push(code.length, REGIONS.indexOf(place.region));
      code.push(place?.offset ?? -1);
    }
  }
  return { code: Int32Array.from(code), relocations: Int32Array.from(relocations) };
}

const word = new DataView(new ArrayBuffer(4));

/** A number as the 32 bits that a kernel reads. */
function wordOf(value: number, part: "integer" | "float"): number {
  if (part === "integer") word.setInt32(0, value);
  else word.setFloat32(0, value);
  return word.getInt32(0);
}
