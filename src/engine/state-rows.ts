import { invariant } from "../base/index.ts";
import { type Program, REGIONS } from "./program.ts";
import { sizeOf } from "./tensor.ts";

/**
 * The same program on other rows of its state: where each state tensor is `[R, ...]` and the program's kernels work on the
 * first rows of it, they work on those from `row` on. The program tells its state tensors by outputs named `states`.
 */
export function atStateRow(program: Program, states: readonly string[], row: number): Program {
  if (row === 0) return program;
  const strides = new Map<number, number>();
  for (const name of states) {
    const slot = program.outputs[name];
    invariant(slot?.region === "state", `the output ${name} is not a state`);
    strides.set(slot.offset, sizeOf(slot.shape.slice(1)));
  }
  const code = program.code.slice();
  for (let index = 0; index < program.relocations.length; index += 2) {
    if (REGIONS[program.relocations[index + 1]!] !== "state") continue;
    const at = program.relocations[index]!;
    const stride = strides.get(code[at]!);
    invariant(stride !== undefined, `no state begins at word ${code[at]}`);
    code[at]! += row * stride;
  }
  return { ...program, code };
}
