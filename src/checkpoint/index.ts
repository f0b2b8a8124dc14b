export {
  type Checkpoint,
  dropOptimizer,
  encodeCheckpoint,
  isResumable,
  loadCheckpoint,
  loadTokenizer,
  loadTrainingRecord,
  type OptimizerState,
  type SaveOptions,
  saveCheckpoint,
  type TrainingRecord,
  tokenizerConfig,
} from "./checkpoint.ts";
export { fromF16, toF16 } from "./half-floats.ts";
export { type ImportedModel, type ImportOptions, importModel } from "./import/import-model.ts";
export type { ModelSource } from "./import/model-source.ts";
export { configOf, encodeModel, type LoadedModel, loadConfig, loadModel } from "./model-files.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensor,
  type WrittenTensor,
} from "./safetensors.ts";
export { fromFile, toFile } from "./tensors.ts";
export { WEIGHT_FORMS, type WeightForm } from "./weight-form.ts";
