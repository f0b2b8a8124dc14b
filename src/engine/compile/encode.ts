import { largest, present } from "../../base/index.ts";
import { type Instruction, instructions } from "../kernels/instructions.ts";
import { fieldsOf, kernels } from "../kernels/kernel.ts";
import { type Program, REGIONS } from "../program.ts";
import type { Tensor } from "../tensor.ts";
import type { Place } from "./plan.ts";
import type { Step } from "./step.ts";

/** Writes steps as instructions, and sums up what they need. */
export function encode(
  steps: readonly Step[],
  places: ReadonlyMap<Tensor, Place>,
): Pick<Program, "code" | "relocations" | "scratch" | "work" | "bf16"> {
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
  return {
    code: Int32Array.from(code),
    relocations: Int32Array.from(relocations),
    scratch: largest([0, ...steps.map(scratchOf)]),
    bf16: steps.some((step) => step.numbers["bf16"] === 1),
    work: steps.reduce((sum, step) => sum + multiplications(step), 0),
  };
}

function scratchOf({ kernel, numbers }: Step): number {
  const { scratch }: Instruction = instructions[kernel];
  return scratch ? scratch.times * (numbers[scratch.of] ?? 0) + scratch.plus : 0;
}

function multiplications({ kernel, numbers }: Step): number {
  const { rows = 0, columns = 0, depth = 0, width = 0, roomWords = 0 } = numbers;
  if (kernel === "muon") return 1.5 * Math.min(rows, width) * roomWords;
  return kernel === "matmul" ? rows * columns * depth : 0;
}

const word = new DataView(new ArrayBuffer(4));

/** A number as the 32 bits that a kernel reads. */
function wordOf(value: number, part: "integer" | "float"): number {
  if (part === "integer") word.setInt32(0, value);
  else word.setFloat32(0, value);
  return word.getInt32(0);
}
