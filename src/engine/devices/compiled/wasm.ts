import { InternalError } from "../../../base/index.ts";
import { CompiledDevice, FIRST_PAGES, MOST_PAGES } from "./compiled-device.ts";
import { type CompiledKernels, serveTeam, type TeamPlace } from "./team.ts";

interface KernelModule extends CompiledKernels {
  /** The first byte past the kernels' own memory. */
  readonly __heap_base: WebAssembly.Global;
  readonly __stack_pointer: WebAssembly.Global;
}

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

/** What a thread of a WebAssembly device is given. */
export interface WasmThread extends TeamPlace {
  readonly module: WebAssembly.Module;
  /** Bytes; its stack ends here. */
  readonly stack: number;
}

/** Threads, where there may be some: where memory can be shared. */
export interface WasmThreads {
  /** With the caller's own. */
  readonly count: number;
  /** See `CompiledDeviceOptions`. */
  readonly worthThreads?: number | undefined;
  /** Starts a thread that calls `serveWasm`. */
  start(thread: WasmThread): void;
}

/**
 * The kernels of `kernels/` in WebAssembly. They run wherever WebAssembly has SIMD.
 *
 * @param bytes The file of that build.
 * @param threads @default the caller's alone
 */
export async function createWasmDevice(
  build: WasmBuild,
  bytes: Uint8Array,
  threads?: WasmThreads,
): Promise<CompiledDevice> {
  const count = threads?.count ?? 1;
  const shared = count > 1;
  const memory = roomyMemory(shared);
  const module = await WebAssembly.compile(shared ? withSharedMemory(bytes) : new Uint8Array(bytes));
  const kernels = (await WebAssembly.instantiate(module, { env: { memory } }))
    .exports as unknown as KernelModule;
  return new CompiledDevice({
    name: build,
    kernels,
    memory,
    begin: kernels.__heap_base.value,
    threads: count,
    worthThreads: threads?.worthThreads,
    startThread: threads && ((place) => threads.start({ ...place, module })),
  });
}

/** Memory that can grow as far as the host lets it: some browsers refuse to promise 4 GiB. */
function roomyMemory(shared: boolean): WebAssembly.Memory {
  const make = (maximum: number): WebAssembly.Memory =>
    new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared });
  try {
    return make(MOST_PAGES);
  } catch {
    return make(MOST_PAGES / 4);
  }
}

/** Computes as one thread of a device until that is released. */
export function serveWasm({ module, stack, ...place }: WasmThread): void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory: place.memory } });
  const kernels = exports as unknown as KernelModule;
  kernels.__stack_pointer.value = stack;
  serveTeam(kernels, place, 0);
}

/**
 * The same module for shared memory: an import of memory says by a bit whether it is shared, and nothing else differs.
 *
 * @see https://webassembly.github.io/threads/core/binary/types.html#memory-types
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(module);
  const name = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2]; // "env" "memory", kind 2: memory
  for (let at = 8; at + name.length < bytes.length; at++) {
    if (!name.every((byte, index) => bytes[at + index] === byte)) continue;
    const limits = bytes[at + name.length];
    if (limits !== 1) break; // it must have a maximum
    bytes[at + name.length] = 3;
    return bytes;
  }
  throw new InternalError("the kernels do not import memory with a maximum");
}
