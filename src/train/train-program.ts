import {
  compile,
  crossEntropy,
  gradients,
  Input,
  type ParameterLayout,
  type Precision,
  type Program,
} from "../engine/index.ts";
import { type LanguageModel, layoutOf } from "../model/index.ts";
import { type OptimizerConfig, optimizerStep } from "./optimizer.ts";

export interface TrainProgramOptions {
  readonly model: LanguageModel;
  readonly optimizer: OptimizerConfig;
  readonly batch: number;
  readonly time: number;
  /** Probability of dropping an element. @default 0 */
  readonly dropout?: number;
  readonly seed?: number;
  /** The most steps that one run takes. @default 1 */
  readonly steps?: number;
  /** Of the products of matrices; see `CompileOptions`. @default "f32" */
  readonly precision?: Precision;
  /** Where the model's parameters lie. @default layoutOf(model) */
  readonly layout?: ParameterLayout;
}

/**
 * The whole training step as one program. Inputs, each per step: `ids [B, T]`, `targets [B, T]` (negative where a
 * position does not count), `rate [1]`, `step [1]` from 1. Outputs, each per step: `loss` and `norm`.
 */
export function trainProgram(options: TrainProgramOptions): Program {
  const { model, optimizer, batch, time, dropout = 0, seed = 0, steps = 1, precision = "f32" } = options;
  const layout = options.layout ?? layoutOf(model);
  const vocabulary = model.config.vocabulary;
  const whole = { dtype: "i32", perStep: true, below: vocabulary } as const;
  const ids = new Input("ids", [batch, time], whole);
  const targets = new Input("targets", [batch, time], { ...whole, mayBeNegative: true });
  const rate = new Input("rate", [1], { perStep: true });
  const step = new Input("step", [1], { dtype: "i32", perStep: true });
  const pass = dropout > 0 ? { dropout: { probability: dropout, seed, step } } : {};
  const { loss } = crossEntropy(model.forward(ids, pass), targets);
  const wanted = gradients(loss, model.parameters);
  const { effects, norm } = optimizerStep(layout, optimizer, { rate, step });
  return compile({
    layout,
    outputs: {},
    perStep: { loss, norm },
    gradients: wanted,
    effects,
    inputs: [ids, targets, rate, step],
    steps,
    precision,
  });
}
