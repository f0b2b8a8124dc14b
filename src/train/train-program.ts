import {
  compile,
  crossEntropy,
  gradients,
  Input,
  type Node,
  type ParameterLayout,
  type Precision,
  type Program,
  record,
  type Tensor,
} from "../engine/index.ts";
import { type LanguageModel, layoutOf } from "../model/index.ts";
import { type OptimizerConfig, optimizerStep, stateNames } from "./optimizer.ts";

export interface TrainProgramOptions {
  readonly model: LanguageModel;
  readonly optimizer: OptimizerConfig;
  readonly batch: number;
  readonly time: number;
  /** Batches whose gradients make one step. @default 1 */
  readonly accumulate?: number;
  /** Probability of dropping an element. @default 0 */
  readonly dropout?: number;
  readonly seed?: number;
  /** How much of each target is spread over the vocabulary; the loss is of that. @default 0 */
  readonly labelSmoothing?: number;
  /** Rows hold several texts that do not see each other: there is an input `segments`. @default false */
  readonly packed?: boolean;
  /** Decay of the weights' moving average, which lies behind the optimizer's numbers; 0 is none. @default 0 */
  readonly ema?: number;
  /** The most steps that one run takes. @default 1 */
  readonly steps?: number;
  /** Of the products of matrices; see `CompileOptions`. @default "f32" */
  readonly precision?: Precision;
  /** Where the model's parameters lie. @default layoutOf(model) */
  readonly layout?: ParameterLayout;
}

/** The inputs of one batch of a step. The first batch's have these names, later ones' a number behind them. */
export const batchInputs = (index: number): Record<"ids" | "targets" | "segments" | "share", string> => {
  const name = (input: string): string => (index === 0 ? input : `${input} ${index}`);
  return { ids: name("ids"), targets: name("targets"), segments: name("segments"), share: name("share") };
};

/**
 * The whole training step as one program. Inputs, each per step: `ids [B, T]`, `targets [B, T]` (negative where a
 * position does not count), `rate [1]`, `step [1]` from 1, and where packed `segments [B, T]`, the first position of each
 * token's text. Where several batches are accumulated, each has inputs of its own (see `batchInputs`), and `share [1]`
 * says what part of the step's targets are in it. Outputs, each per step: `loss`, which is what is minimised, and `norm`.
 */
export function trainProgram(options: TrainProgramOptions): Program {
  const { model, optimizer, accumulate = 1, ema = 0, steps = 1, precision = "f32" } = options;
  const layout = options.layout ?? layoutOf(model);
  const rate = new Input("rate", [1], { perStep: true });
  const step = new Input("step", [1], { dtype: "i32", perStep: true });
  const batches = Array.from({ length: accumulate }, (_, index) => recordBatch(options, index, step));
  // Kernels run in the order in which they are recorded: gradients are whole before the optimizer reads them.
  const wanted = total(batches.map((batch) => batch.gradients));
  const { effects, norm } = optimizerStep(layout, optimizer, { rate, step });
  const copies = stateNames(optimizer).length;
  return compile({
    layout,
    outputs: {},
    perStep: { loss: batches.map(({ loss }) => loss).reduce((sum, loss) => sum.add(loss)), norm },
    gradients: wanted,
    effects: ema > 0 ? [...effects, averageWeights(layout, copies, ema, step)] : effects,
    inputs: [rate, step, ...batches.flatMap(({ inputs }) => inputs)],
    steps,
    precision,
  });
}

/** The loss of one batch, and its gradients. Each batch is done before the next begins: they use the same memory. */
function recordBatch(options: TrainProgramOptions, index: number, step: Tensor) {
  const { model, batch, time, accumulate = 1, dropout = 0, seed = 0 } = options;
  const { labelSmoothing: smoothing = 0, packed = false } = options;
  const names = batchInputs(index);
  const whole = { dtype: "i32", perStep: true, below: model.config.vocabulary } as const;
  const ids = new Input(names.ids, [batch, time], whole);
  const targets = new Input(names.targets, [batch, time], { ...whole, mayBeNegative: true });
  const segments = packed
    ? new Input(names.segments, [batch, time], { dtype: "i32", perStep: true, segments: true })
    : undefined;
  const share = accumulate > 1 ? new Input(names.share, [1], { perStep: true }) : undefined;
  const dropped = { probability: dropout, seed: seed + index * 0x10000, step };
  const pass = { segments, ...(dropout > 0 ? { dropout: dropped } : {}) };
  const { loss: mean } = crossEntropy(model.forward(ids, pass), targets, { smoothing });
  const loss = share ? mean.multiply(share) : mean;
  const inputs = [ids, targets, segments, share].filter((input) => input !== undefined);
  return { loss, inputs, gradients: gradients(loss, model.parameters) };
}

/** The sum of each parameter's gradients. */
function total(all: readonly ReadonlyMap<Tensor, Tensor>[]): ReadonlyMap<Tensor, Tensor> {
  const [first = new Map<Tensor, Tensor>(), ...others] = all;
  return new Map(
    [...first].map(([parameter, gradient]) => [
      parameter,
      others.reduce((sum, other) => {
        const more = other.get(parameter);
        return more ? sum.add(more) : sum;
      }, gradient),
    ]),
  );
}

function averageWeights(layout: ParameterLayout, copies: number, decay: number, step: Tensor): Node {
  const all = { offset: 0, words: layout.words };
  const parameter = layout.stretch("parameters", all);
  const average = layout.stretch("optimizer", all, copies);
  return record("average", { parameter, average, step }, { count: layout.words, decay }, {}).node;
}
