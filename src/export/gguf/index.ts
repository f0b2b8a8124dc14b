export { encodeGguf, type GgufOptions } from "./encode-gguf.ts";
export type { GgufField, GgufScalar } from "./gguf-bytes.ts";
export type { GgufType } from "./gguf-numbers.ts";
export { TOKEN_KINDS } from "./gguf-tokenizer.ts";
export { type GgufHeader, type GgufTensorInfo, readGgufHeader } from "./read-gguf-header.ts";
