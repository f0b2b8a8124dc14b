export { encodeGguf, type GgufOptions } from "./encode-gguf.ts";
export type { GgufType } from "./gguf-numbers.ts";
