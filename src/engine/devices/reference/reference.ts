import { invariant, present } from "../../../base/index.ts";
import { type Arguments, fieldsOf, type Kernel, kernels } from "../../kernels/kernel.ts";
import type { Program, RegionName } from "../../program.ts";
import type { Device, Executable, Region } from "../device.ts";
import { ArenaExecutable, placeIn } from "../executable.ts";
import { Heap } from "../heap.ts";
import * as activation from "./activation.ts";
import * as attention from "./attention.ts";
import * as elementwise from "./elementwise.ts";
import * as embed from "./embed.ts";
import * as loss from "./loss.ts";
import * as matmul from "./matmul.ts";
import type { Memory } from "./memory.ts";
import * as norm from "./norm.ts";
import * as optimizer from "./optimizer.ts";

type Implementation<K extends Kernel> = (memory: Memory, args: Arguments<K>, step: number) => void;

const implementations: { readonly [K in Kernel]: Implementation<K> } = {
  ...elementwise,
  ...matmul,
  ...embed,
  ...norm,
  activate: activation.activate,
  swiglu: activation.swiglu,
  swigluGrad: activation.swigluGrad,
  ...attention,
  ...loss,
  ...optimizer,
};

/**
 * The device to read and to check the others against: plain TypeScript, each kernel as its formula says. Sums are taken
 * in double precision; `precision: "f64"` keeps results in it too, for finite differences.
 */
export class ReferenceDevice implements Device {
  readonly name = "reference";
  readonly threads = 1;
  readonly bf16 = true;
  readonly #heap = new Heap();
  floats: Float32Array | Float64Array;
  integers: Int32Array;

  constructor({ precision = "f32" }: { precision?: "f32" | "f64" } = {}) {
    this.floats = precision === "f64" ? new Float64Array() : new Float32Array();
    this.integers = new Int32Array();
  }

  allocate(words: number): Region & { readonly offset: number } {
    const offset = this.#heap.allocate(words);
    this.#grow(this.#heap.end);
    this.floats.fill(0, offset, offset + words);
    this.integers.fill(0, offset, offset + words);
    const region: Region & { readonly offset: number } = {
      offset,
      words,
      copy: (source, from, to, count) => {
        const [at, begin] = [placeIn(region, to, count), placeIn(source, from, count)];
        this.floats.copyWithin(at, begin, begin + count);
        this.integers.copyWithin(at, begin, begin + count);
      },
      read: (at, count) => Float32Array.from(this.floats.subarray(offset + at, offset + at + count)),
      write: (at, values) => {
        invariant(at + values.length <= words, `${values.length} words at ${at} in a region of ${words}`);
        this.floats.set(values, offset + at);
      },
      release: () => this.#heap.free(offset, words),
    };
    return region;
  }

  load(program: Program, shared: Readonly<Partial<Record<RegionName, Region>>> = {}): Executable {
    return new ArenaExecutable(this, program, shared, (code) => ({
      run: (steps) => {
        for (let step = 0; step < steps; step++) this.#interpret(code, step);
      },
      release: () => {},
    }));
  }

  release(): void {}

  #interpret(code: Int32Array, step: number): void {
    for (let at = 0; at < code.length; at += 2 + code[at + 1]!) {
      const kernel = present(kernels[code[at]!], `opcode ${code[at]}`);
      const run = implementations[kernel] as Implementation<Kernel>;
      run(this, decode(kernel, code, at + 2), step);
    }
  }

  #grow(words: number): void {
    if (words <= this.integers.length) return;
    const size = Math.max(words, 2 * this.integers.length);
    const floats = this.floats instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
    const integers = new Int32Array(size);
    floats.set(this.floats);
    integers.set(this.integers);
    this.floats = floats;
    this.integers = integers;
  }
}

const bits = new DataView(new ArrayBuffer(4));

function decode(kernel: Kernel, code: Int32Array, at: number): Arguments<Kernel> {
  const args: Record<string, number> = {};
  for (const [index, { name, part }] of fieldsOf(kernel).entries()) {
    bits.setInt32(0, code[at + index]!);
    args[name] = part === "float" ? bits.getFloat32(0) : bits.getInt32(0);
  }
  return args as Arguments<Kernel>;
}
