export {
  type Checkpoint,
  dropOptimizer,
  encodeCheckpoint,
  isResumable,
  loadCheckpoint,
  loadTokenizer,
  loadTrainingRecord,
  type OptimizerState,
  saveCheckpoint,
  type TrainingRecord,
} from "./checkpoint.ts";
export { encodeModel, type LoadedModel, loadModel } from "./model-files.ts";
export { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.ts";
export { fromFile, toFile } from "./tensors.ts";
