export {
  type ModelConfig,
  type ModelOptions,
  type ModelProblem,
  modelConfig,
  modelProblem,
  type Preset,
} from "./config.ts";
export type { LanguageModel } from "./language-model.ts";
export type { Pass } from "./layers.ts";
export { Transformer } from "./transformer.ts";
export { layoutOf, Weights } from "./weights.ts";
