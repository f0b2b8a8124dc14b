export { encodeOnnx, type OnnxOptions } from "./encode-onnx.ts";
export { onnxFolder } from "./onnx-folder.ts";
