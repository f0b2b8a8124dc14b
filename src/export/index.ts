export {
  EXPORT_TYPES,
  type ExportOptions,
  type ExportTarget,
  type ExportType,
  exportFiles,
} from "./export-files.ts";
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
export { type HowToOpen, howToOpen } from "./how-to-open.ts";
export { type CardExam, type CardFacts, type CardSource, exportCard } from "./model-card.ts";
export { encodeOnnx, type OnnxOptions, onnxFolder } from "./onnx/index.ts";
export { portableRecipe, portableSource } from "./portable-recipe.ts";
