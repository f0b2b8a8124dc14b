import type { ParameterLayout } from "./layout.ts";
import type { DType, Shape } from "./tensor.ts";

/** The parts of the arena. Those of one model's programs may be shared: that is how an evaluation sees what is trained. */
export const REGIONS = ["parameters", "gradients", "optimizer", "state", "exchange", "activations"] as const;
export type RegionName = (typeof REGIONS)[number];

/** Where a named tensor lies. */
export interface Slot {
  readonly region: RegionName;
  /** Words from the start of the region. */
  readonly offset: number;
  /** The shape for one step. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** It has a place for each step of a run, one after another. */
  readonly perStep: boolean;
  /** Only whole numbers below this may be written here, */
  readonly below?: number | undefined;
  /** and only from 0 on, unless this says otherwise. */
  readonly mayBeNegative?: boolean | undefined;
  /** Only starts of segments may be written here; see `Input`. */
  readonly segments?: boolean | undefined;
}

/**
 * What a device runs: a flat list of instructions over one arena of 32-bit words. It holds no pointers and no code, so
 * that the same program runs on every device.
 */
export interface Program {
  /** `[opcode, argument count, ...arguments]`, again and again. Tensors are offsets within their regions. */
  readonly code: Int32Array;
  /** Pairs: the index in `code` of an offset, and its region as an index in `REGIONS`. */
  readonly relocations: Int32Array;
  /** Words of memory that each thread needs for itself. */
  readonly scratch: number;
  /** Multiplications in matrix products of one step: how much work it is. */
  readonly work: number;
  /** Some of its products take numbers rounded to bfloat16: not every device has them. */
  readonly bf16: boolean;
  /** The words of each region. */
  readonly regions: Readonly<Record<RegionName, number>>;
  readonly layout: ParameterLayout;
  readonly inputs: Readonly<Record<string, Slot>>;
  readonly outputs: Readonly<Record<string, Slot>>;
  /** The most steps that one run may take. */
  readonly steps: number;
}
