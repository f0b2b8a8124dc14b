import { type Node, type ParameterLayout, record, type Tensor } from "../engine/index.ts";

/** How a step changes the parameters. */
export interface OptimizerConfig {
  /** AdamW, Adam (decay joins the gradient), or gradient descent with momentum. @default "adamw" */
  readonly kind: "adamw" | "adam" | "sgd";
  /** Decay rates of Adam's two moments. @default [0.9, 0.99] */
  readonly betas: readonly [number, number];
  /** Added to the root of Adam's second moment. @default 1e-8 */
  readonly epsilon: number;
  /** Of `sgd`. @default 0.9 */
  readonly momentum: number;
  /** Weight decay of matrices and tables; vectors do not decay. @default 0.1 */
  readonly decay: number;
  /** Scale gradients down to this global norm; 0 leaves them. @default 1 */
  readonly clipNorm: number;
  /** Cut each gradient element to [-x, x]; 0 leaves them. @default 0 */
  readonly clipValue: number;
}

export const optimizerDefaults: OptimizerConfig = {
  kind: "adamw",
  betas: [0.9, 0.99],
  epsilon: 1e-8,
  momentum: 0.9,
  decay: 0.1,
  clipNorm: 1,
  clipValue: 0,
};

/** What the optimizer keeps beside each parameter, in the order in which it lies in its region. */
export function stateNames({ kind, momentum }: OptimizerConfig): readonly string[] {
  if (kind === "sgd") return momentum > 0 ? ["velocity"] : [];
  return ["mean", "variance"];
}

/**
 * Records one update of all parameters from the gradients at their places. `rate [1]` is the learning rate and `step
 * [1]` counts from 1.
 *
 * @see Loshchilov and Hutter 2019 (AdamW). https://arxiv.org/abs/1711.05101
 * @see Kingma and Ba 2015 (Adam). https://arxiv.org/abs/1412.6980
 * @returns the effects to compile, and the global norm of the gradients before clipping, `[1]`.
 */
export function optimizerStep(
  layout: ParameterLayout,
  config: OptimizerConfig,
  { rate, step }: { rate: Tensor; step: Tensor },
): { effects: Node[]; norm: Tensor } {
  const everything = layout.stretch("gradients", { offset: 0, words: layout.words });
  const norm = record("norm", { x: everything }, { count: layout.words }, { out: [1] }).out;
  const effects = layout.groups.map((group, index) => {
    const common = {
      parameter: layout.stretch("parameters", group),
      gradient: layout.stretch("gradients", group),
      rate,
      norm: config.clipNorm > 0 ? norm : undefined,
    };
    const numbers = {
      count: group.words,
      decay: index === 0 ? config.decay : 0,
      rateScale: 1,
      maxNorm: config.clipNorm,
      maxValue: config.clipValue,
    };
    if (config.kind === "sgd") {
      const velocity = config.momentum > 0 ? layout.stretch("optimizer", group) : undefined;
      return record("sgd", { ...common, velocity }, { ...numbers, momentum: config.momentum }, {}).node;
    }
    const [beta1, beta2] = config.betas;
    const mean = layout.stretch("optimizer", group, 0);
    const variance = layout.stretch("optimizer", group, 1);
    return record(
      "adam",
      { ...common, mean, variance, step },
      { ...numbers, beta1, beta2, epsilon: config.epsilon, decoupled: Number(config.kind === "adamw") },
      {},
    ).node;
  });
  return { effects, norm };
}
