import { invariant, ParrotletError, present } from "../../base/index.ts";
import { type Program, REGIONS, type RegionName, type Slot } from "../program.ts";
import { sizeOf, widthOf } from "../tensor.ts";
import type { Executable, Region } from "./device.ts";

/** An arena as a device offers it: the numbers at a word offset, seen as floats or as whole numbers. */
export interface Arena {
  readonly name: string;
  readonly bf16: boolean;
  allocate(words: number): Region & { readonly offset: number };
  readonly floats: Float32Array | Float64Array;
  readonly integers: Int32Array;
}

/** Where in the arena a stretch of words of a region begins. */
export function placeIn(region: Region, from: number, words: number): number {
  invariant("offset" in region, "the region is of another device");
  invariant(from >= 0 && from + words <= region.words, `${words} words at ${from} of ${region.words}`);
  return (region as Placed).offset + from;
}

type Placed = Region & { readonly offset: number };

/** Code that a device has taken in. */
interface LoadedCode {
  run(steps: number): void;
  release(): void;
}

/** What the devices have in common: regions, relocated code, and checked inputs and outputs. */
export class ArenaExecutable implements Executable {
  readonly program: Program;
  readonly #arena: Arena;
  readonly #regions: Readonly<Record<RegionName, Placed>>;
  readonly #owned: Region[] = [];
  readonly #code: LoadedCode;

  constructor(
    arena: Arena,
    program: Program,
    shared: Readonly<Partial<Record<RegionName, Region>>>,
    loadCode: (code: Int32Array) => LoadedCode,
  ) {
    this.#arena = arena;
    this.program = program;
    if (program.bf16) requireBf16(arena);
    try {
      this.#regions = Object.fromEntries(
        REGIONS.map((name) => [name, this.#place(name, shared[name])]),
      ) as Record<RegionName, Placed>;
      this.#code = loadCode(this.#relocated());
    } catch (error) {
      for (const region of this.#owned) region.release();
      throw error;
    }
  }

  region(name: RegionName): Region {
    return this.#regions[name];
  }

  write(name: string, values: ArrayLike<number>): void {
    const slot = present(this.program.inputs[name], `input ${name}`);
    const words = sizeOf(slot.shape);
    const most = slot.perStep ? words * this.program.steps : words;
    const fits = slot.perStep
      ? values.length % words === 0 && values.length <= most
      : values.length === words;
    if (!fits) {
      const shape = `[${slot.shape.join(", ")}]${slot.perStep ? ` for each of up to ${this.program.steps} steps` : ""}`;
      throw new ParrotletError(
        "shape-mismatch",
        `input ${name} is ${shape}, but ${values.length} values were given`,
      );
    }
    if (slot.below !== undefined)
      checkRange(name, values, slot.mayBeNegative ? Number.NEGATIVE_INFINITY : 0, slot.below);
    if (slot.segments) checkSegments(name, values, widthOf(slot.shape));
    const memory = slot.dtype === "i32" ? this.#arena.integers : this.#arena.floats;
    memory.set(values, this.#offset(slot));
  }

  run(steps = 1): void {
    invariant(
      steps >= 1 && steps <= this.program.steps,
      `${steps} steps in a program of ${this.program.steps}`,
    );
    this.#code.run(steps);
  }

  read(name: string, steps = 1): Float32Array {
    const slot = present(this.program.outputs[name], `output ${name}`);
    return this.readInto(name, new Float32Array(sizeOf(slot.shape) * steps));
  }

  readInto<T extends Float32Array | Float64Array>(name: string, target: T): T {
    const slot = present(this.program.outputs[name], `output ${name}`);
    const room = sizeOf(slot.shape) * (slot.perStep ? this.program.steps : 1);
    invariant(target.length <= room, `${target.length} numbers of output ${name}, which has ${room}`);
    const offset = this.#offset(slot);
    target.set(this.#arena.floats.subarray(offset, offset + target.length));
    return target;
  }

  release(): void {
    this.#code.release();
    for (const region of this.#owned) region.release();
  }

  #place(name: RegionName, shared: Region | undefined): Placed {
    const words = this.program.regions[name];
    if (shared) {
      invariant("offset" in shared, `the shared region ${name} is of another device`);
      invariant(shared.words >= words, `the shared region ${name} is too small`);
      return shared as Placed;
    }
    const made = this.#arena.allocate(words);
    this.#owned.push(made);
    return made;
  }

  /** The program's instructions with tensors as offsets in the arena. */
  #relocated(): Int32Array {
    const { code, relocations } = this.program;
    const relocated = code.slice();
    for (let index = 0; index < relocations.length; index += 2) {
      const region = REGIONS[relocations[index + 1]!]!;
      relocated[relocations[index]!]! += this.#regions[region].offset;
    }
    return relocated;
  }

  #offset(slot: Slot): number {
    return this.#regions[slot.region].offset + slot.offset;
  }
}

/** @throws {ParrotletError} `precision-unavailable` where a device has no products of bfloat16. */
export function requireBf16({ name, bf16 }: Pick<Arena, "name" | "bf16">): void {
  if (bf16) return;
  const message =
    `The device ${name} has no bf16 products here: they take a processor with AVX512_BF16 and native kernels. ` +
    "Take precision: f32.";
  throw new ParrotletError("precision-unavailable", message);
}

function checkRange(name: string, values: ArrayLike<number>, least: number, below: number): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isInteger(value) && value >= least && value < below) continue;
    const range = `whole numbers ${least === 0 ? "from 0 on and " : ""}below ${below}`;
    const message = `input ${name} holds ${value} at place ${index}, but its values must be ${range}`;
    throw new ParrotletError("token-out-of-range", message);
  }
}

/** Place `t` of each row of `time` holds a whole number from that of the place before, or 0, to `t`. */
function checkSegments(name: string, values: ArrayLike<number>, time: number): void {
  for (let index = 0; index < values.length; index++) {
    const t = index % time;
    const [value, least] = [values[index]!, t === 0 ? 0 : values[index - 1]!];
    if (Number.isInteger(value) && value >= least && value <= t) continue;
    const where = `place ${t} of row ${Math.floor(index / time)}`;
    const message =
      `input ${name} holds ${value} at ${where}, but the segment of that place begins between ${least}, where that of ` +
      `the place before begins, and ${t}. Give each place the first place of its segment.`;
    throw new ParrotletError("segments-invalid", message);
  }
}
