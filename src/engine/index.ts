export { gradients } from "./autodiff.ts";
export { type CompileOptions, compile, type Precision } from "./compile/compile.ts";
export {
  CompiledDevice,
  FIRST_PAGES,
  MOST_PAGES,
  type StartThread,
} from "./devices/compiled/compiled-device.ts";
export { type CompiledKernels, serveTeam, type TeamPlace } from "./devices/compiled/team.ts";
export { checkedThreads, MOST_THREADS } from "./devices/compiled/thread-count.ts";
export {
  bestWasmBuild,
  createWasmDevice,
  serveWasm,
  type WasmBuild,
  type WasmThread,
  wasmFile,
} from "./devices/compiled/wasm.ts";
export type { Device, Executable, Region } from "./devices/device.ts";
export { requireBf16 } from "./devices/executable.ts";
export { ReferenceDevice } from "./devices/reference/reference.ts";
export { type Group, ParameterLayout, paddedCapacity } from "./layout.ts";
export { gelu, reluSquared, softCap, swiglu } from "./ops/activation.ts";
export {
  type AttentionOptions,
  cachedAttention,
  causalAttention,
  type HeadLayout,
  type KvCache,
  rope,
} from "./ops/attention.ts";
export { blend } from "./ops/blend.ts";
export { type DropoutKey, dropout } from "./ops/dropout.ts";
export { bigram, type EmbedOptions, embed, type History, pick } from "./ops/embed.ts";
export { crossEntropy } from "./ops/loss.ts";
export { linear, matmul } from "./ops/matmul.ts";
export { headNorm, layerNorm, rmsNorm } from "./ops/norm.ts";
export type { Program, RegionName, Slot } from "./program.ts";
export { atStateRow } from "./state-rows.ts";
export {
  type DType,
  type Initializer,
  Input,
  type Node,
  Parameter,
  record,
  type Shape,
  State,
  sizeOf,
  Tensor,
} from "./tensor.ts";
