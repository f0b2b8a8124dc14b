export {
  EXPORT_TYPES,
  type ExportOptions,
  type ExportTarget,
  type ExportType,
  exportFiles,
} from "./export-files.ts";
export { encodeGguf, type GgufOptions, type GgufType } from "./gguf/index.ts";
export { type HowToOpen, howToOpen } from "./how-to-open.ts";
export { type CardExam, type CardFacts, type CardSource, exportCard } from "./model-card.ts";
export { encodeOnnx, type OnnxOptions, onnxFolder } from "./onnx/index.ts";
export { portableSource } from "./portable-recipe.ts";
