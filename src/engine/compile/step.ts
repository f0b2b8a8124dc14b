import type { Kernel } from "../kernels/kernel.ts";
import type { Tensor } from "../tensor.ts";

/** One kernel call while a program is being compiled. */
export interface Step {
  readonly kernel: Kernel;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly numbers: Readonly<Record<string, number>>;
}
