export {
  encodeGguf,
  type GgufField,
  type GgufHeader,
  type GgufOptions,
  type GgufScalar,
  type GgufTensorInfo,
  type GgufType,
  readGgufHeader,
  TOKEN_KINDS,
} from "./gguf/index.ts";
export { encodeOnnx, type OnnxOptions, onnxFolder } from "./onnx/index.ts";
