export { encodeGguf, type GgufOptions, type GgufType } from "./gguf/index.ts";
