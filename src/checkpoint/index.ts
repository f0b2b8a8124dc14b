export { encodeModel, type LoadedModel, loadModel } from "./model-files.ts";
export { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.ts";
export { fromFile, toFile } from "./tensors.ts";
