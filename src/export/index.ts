export { encodeGguf, type GgufOptions, type GgufType } from "./gguf/index.ts";
export { encodeOnnx, type OnnxOptions, onnxFolder } from "./onnx/index.ts";
