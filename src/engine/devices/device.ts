import type { Program, RegionName } from "../program.ts";

/** A stretch of a device's memory that programs can share, as the parameters of a model. All 0 at first. */
export interface Region {
  readonly words: number;
  /** A copy of `words` numbers from word `offset` on. */
  read(offset: number, words: number): Float32Array;
  write(offset: number, values: ArrayLike<number>): void;
  /** Copies `words` words, bit by bit, from word `from` of a region of the same device, maybe this one, to word `to`. */
  copy(source: Region, from: number, to: number, words: number): void;
  /** Gives the memory back. Programs that use the region must not run after it. */
  release(): void;
}

/** A program on a device, with memory of its own. */
export interface Executable {
  readonly program: Program;
  /** The region of that name, whether it is shared or this program's own. */
  region(name: RegionName): Region;
  /**
   * Sets an input. Of a `perStep` input any number of steps may be given, from the first on. Refuses values that do not
   * fit the input's shape, and whole numbers that are not below its bound.
   */
  write(input: string, values: ArrayLike<number>): void;
  /** Runs the program `steps` times, as one call into the device. @default 1 */
  run(steps?: number): void;
  /** A copy of an output; of a `perStep` output, the values of the first `steps` steps. @default 1 step */
  read(output: string, steps?: number): Float32Array;
  /** Copies as many numbers of an output as `target` holds, and returns it. */
  readInto<T extends Float32Array | Float64Array>(output: string, target: T): T;
  /** Gives back the memory that is not shared. */
  release(): void;
}

/** Where tensors compute. On one device the same program and inputs give the same bits. */
export interface Device {
  /** As it is named on the command line and in reports. */
  readonly name: string;
  /** The most threads that compute. */
  readonly threads: number;
  /** It has products of numbers rounded to bfloat16. */
  readonly bf16: boolean;
  /** Reserves memory, all 0. */
  allocate(words: number): Region;
  /**
   * Makes a program ready to run; `shared` regions are used as they are, the others are allocated.
   *
   * @throws {ParrotletError} `precision-unavailable`, `out-of-memory`
   */
  load(program: Program, shared?: Readonly<Partial<Record<RegionName, Region>>>): Executable;
  /** Ends its threads. Nothing of it may be used after that. */
  release(): void;
}
