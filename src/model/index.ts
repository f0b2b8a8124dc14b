export {
  type ModelConfig,
  type ModelOptions,
  type ModelProblem,
  modelConfig,
  modelProblem,
  type Preset,
} from "./config.ts";
export type { LanguageModel, ModelCache } from "./language-model.ts";
export type { Pass } from "./layers.ts";
export { Transformer } from "./transformer.ts";
export { GROUPS, layoutOf, Weights } from "./weights.ts";
