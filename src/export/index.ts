export { encodeOnnx, type OnnxOptions, onnxFolder } from "./onnx/index.ts";
