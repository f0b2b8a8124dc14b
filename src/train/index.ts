export { type OptimizerConfig, optimizerDefaults } from "./optimizer.ts";
export { trainProgram } from "./train-program.ts";
