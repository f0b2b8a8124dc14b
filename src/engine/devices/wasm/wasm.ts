import { invariant, ParrotletError } from "../../../base/index.ts";
import { aligned } from "../../layout.ts";
import type { Program, RegionName } from "../../program.ts";
import type { Device, Executable, Region } from "../device.ts";
import { ArenaExecutable } from "../executable.ts";
import { Heap } from "../heap.ts";

interface KernelModule {
  /** The first byte past the kernels' own memory. */
  readonly __heap_base: WebAssembly.Global;
  scratch_words(): number;
  /** The first three are byte addresses; `length` is the words of the code. */
  run(arena: number, scratch: number, code: number, length: number, steps: number): void;
}

const PAGE_BYTES = 65_536;
/** 4 GiB, all that 32-bit addresses reach. */
const MOST_PAGES = 65_536;

/**
 * `(module (func (param v128 v128 v128) (result v128) local.get 0, 1, 2 f32x4.relaxed_madd))`: valid only where the
 * engine has relaxed SIMD.
 */
const RELAXED_MADD = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
);

/** The builds of the kernels, and when each is the one to load. */
export type WasmBuild = "wasm" | "wasm-relaxed";

/** The fastest build that this JavaScript engine runs. */
export function bestWasmBuild(): WasmBuild {
  return WebAssembly.validate(RELAXED_MADD) ? "wasm-relaxed" : "wasm";
}

/** The file of a build, in `engine/kernels/`. */
export function wasmFile(build: WasmBuild): string {
  return build === "wasm" ? "parrotlet.wasm" : "parrotlet-relaxed.wasm";
}

/** The kernels of `kernels/` in WebAssembly, on one thread. Runs wherever WebAssembly has SIMD. */
export class WasmDevice implements Device {
  readonly name: WasmBuild;
  readonly #kernels: KernelModule;
  readonly #memory: WebAssembly.Memory;
  /** The arena's first byte. Its words are counted from here. */
  readonly #base: number;
  readonly #heap = new Heap();
  readonly #scratch: number;
  floats: Float32Array;
  integers: Int32Array;

  private constructor(name: WasmBuild, kernels: KernelModule, memory: WebAssembly.Memory) {
    this.name = name;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#base = 4 * aligned(kernels.__heap_base.value / 4);
    this.floats = new Float32Array(memory.buffer, this.#base);
    this.integers = new Int32Array(memory.buffer, this.#base);
    this.#scratch = this.#reserve(kernels.scratch_words());
  }

  /** @param bytes The file of that build. */
  static async create(build: WasmBuild, bytes: BufferSource): Promise<WasmDevice> {
    const memory = new WebAssembly.Memory({ initial: 32, maximum: MOST_PAGES });
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    return new WasmDevice(build, instance.exports as unknown as KernelModule, memory);
  }

  allocate(words: number): Region & { readonly offset: number } {
    const offset = this.#reserve(words);
    this.integers.fill(0, offset, offset + words);
    return {
      offset,
      words,
      read: (at, count) => this.floats.slice(offset + at, offset + at + count),
      write: (at, values) => {
        invariant(at + values.length <= words, `${values.length} words at ${at} in a region of ${words}`);
        this.floats.set(values, offset + at);
      },
      release: () => this.#heap.free(offset, words),
    };
  }

  load(program: Program, shared: Readonly<Partial<Record<RegionName, Region>>> = {}): Executable {
    return new ArenaExecutable(this, program, shared, (code) => {
      const place = this.allocate(code.length);
      this.integers.set(code, place.offset);
      return {
        run: (steps) => {
          const address = (word: number): number => this.#base + 4 * word;
          this.#kernels.run(this.#base, address(this.#scratch), address(place.offset), code.length, steps);
        },
        release: () => place.release(),
      };
    });
  }

  #reserve(words: number): number {
    const offset = this.#heap.allocate(words);
    const bytes = this.#base + 4 * this.#heap.end;
    const missing = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch (cause) {
        this.#heap.free(offset, words);
        const wanted = Math.ceil(bytes / 2 ** 20);
        throw new ParrotletError(
          "out-of-memory",
          `The model and its activations need ${wanted} MiB, more than WebAssembly could get here. ` +
            "Choose a smaller batch, context or model.",
          { cause },
        );
      }
      this.floats = new Float32Array(this.#memory.buffer, this.#base);
      this.integers = new Int32Array(this.#memory.buffer, this.#base);
    }
    return offset;
  }
}
