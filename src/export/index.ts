export { encodeOnnx, type OnnxOptions } from "./onnx/index.ts";
