import { type Node, type Parameter, type ParameterLayout, record, type Tensor } from "../engine/index.ts";
import { GROUPS } from "../model/index.ts";

/** How a step changes the parameters. */
export interface OptimizerConfig {
  /**
   * AdamW, Adam (decay joins the gradient), gradient descent with momentum, or Muon for the matrices of blocks with AdamW for
   * the rest.
   *
   * @default "adamw"
   */
  readonly kind: "adamw" | "adam" | "sgd" | "muon";
  /** Decay rates of Adam's two moments. @default [0.9, 0.99] */
  readonly betas: readonly [number, number];
  /** Added to the root of Adam's second moment. @default 1e-8 */
  readonly epsilon: number;
  /** Of `sgd` and `muon`. @default 0.9, for muon 0.95 */
  readonly momentum: number;
  /** Weight decay of matrices and tables; vectors do not decay. @default 0.1 */
  readonly decay: number;
  /** Scale gradients down to this global norm; 0 leaves them. @default 1 */
  readonly clipNorm: number;
  /** Cut each gradient element to [-x, x]; 0 leaves them. @default 0 */
  readonly clipValue: number;
  /** The rate of each group of parameters, as a multiple of the rate. @default 1 for each */
  readonly rates: { readonly [Group in (typeof GROUPS)[number]]: number };
}

export const optimizerDefaults: OptimizerConfig = {
  kind: "adamw",
  betas: [0.9, 0.99],
  epsilon: 1e-8,
  momentum: 0.9,
  decay: 0.1,
  clipNorm: 1,
  clipValue: 0,
  rates: { tables: 1, matrices: 1, vectors: 1 },
};

/** What the optimizer keeps beside each parameter, in the order in which it lies in its region. */
export function stateNames({ kind, momentum }: OptimizerConfig): readonly string[] {
  if (kind === "sgd") return momentum > 0 ? ["velocity"] : [];
  return ["mean", "variance"];
}

interface Moment {
  readonly rate: Tensor;
  readonly step: Tensor;
  /** The global norm of the gradients, where it limits them. */
  readonly norm: Tensor | undefined;
}

/**
 * Records one update of all parameters from the gradients at their places. `rate [1]` is the learning rate and `step
 * [1]` counts from 1.
 *
 * @see Loshchilov and Hutter 2019 (AdamW). https://arxiv.org/abs/1711.05101
 * @see Kingma and Ba 2015 (Adam). https://arxiv.org/abs/1412.6980
 * @see Jordan et al. 2024 (Muon). https://kellerjordan.github.io/posts/muon/
 * @returns the effects to compile, and the global norm of the gradients before clipping, `[1]`.
 */
export function optimizerStep(
  layout: ParameterLayout,
  config: OptimizerConfig,
  { rate, step }: { rate: Tensor; step: Tensor },
): { effects: Node[]; norm: Tensor } {
  const everything = layout.stretch("gradients", { offset: 0, words: layout.words });
  const norm = record("norm", { x: everything }, { count: layout.words }, { out: [1] }).out;
  const moment = { rate, step, norm: config.clipNorm > 0 ? norm : undefined };
  const effects = layout.groups.flatMap((group, index) => {
    if (group.words === 0) return [];
    if (config.kind === "muon" && GROUPS[index] === "matrices")
      return muon(layout, layout.members[index] ?? [], config, moment);
    return [elementwiseUpdate(layout, index, config, moment)];
  });
  return { effects, norm };
}

/** Gradient descent or Adam, for a whole group at once. */
function elementwiseUpdate(
  layout: ParameterLayout,
  index: number,
  config: OptimizerConfig,
  { rate, step, norm }: Moment,
): Node {
  const group = layout.groups[index] ?? { offset: 0, words: 0 };
  const name = GROUPS[index] ?? "vectors";
  const common = {
    parameter: layout.stretch("parameters", group),
    gradient: layout.stretch("gradients", group),
    rate,
    norm,
  };
  const numbers = {
    count: group.words,
    decay: name === "vectors" ? 0 : config.decay,
    rateScale: config.rates[name],
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
    { ...numbers, beta1, beta2, epsilon: config.epsilon, decoupled: Number(config.kind !== "adam") },
    {},
  ).node;
}

/**
 * Muon for matrices, each of their parts by itself: the step is the momentum with all singular values near 1, so that all
 * directions learn alike. A part that makes more numbers than it takes steps further, by the root of their ratio. The
 * dearest come first: threads take them in turn.
 */
function muon(
  layout: ParameterLayout,
  matrices: readonly Parameter[],
  { momentum, clipNorm, clipValue, decay, rates }: OptimizerConfig,
  { rate, norm }: Moment,
): Node[] {
  const update = { momentum, decay, rateScale: rates.matrices, maxNorm: clipNorm, maxValue: clipValue };
  const parts = matrices.flatMap((matrix) => partsOf(matrix));
  parts.sort((a, b) => costOf(b) - costOf(a));
  return parts.map((part, turn) => {
    const { matrix, ...place } = part;
    const factor = Math.sqrt(Math.max(1, part.width / part.rows));
    const inputs = {
      parameter: layout.stretchOf("parameters", matrix),
      gradient: layout.stretchOf("gradients", matrix),
      velocity: layout.stretchOf("optimizer", matrix),
      rate,
      norm,
    };
    return record("muon", inputs, { ...place, ...update, factor, turn, roomWords: roomOf(part) }, {}).node;
  });
}

/** Some columns of a matrix that are a map of their own. */
interface Part {
  readonly matrix: Parameter;
  readonly rows: number;
  readonly columns: number;
  readonly from: number;
  readonly width: number;
}

function partsOf(matrix: Parameter): Part[] {
  const [rows = 1, columns = 1] = matrix.shape;
  let from = 0;
  return matrix.parts.map((width) => {
    const part = { matrix, rows, columns, from, width };
    from += width;
    return part;
  });
}

/** Words that the kernel needs: of the momentum, and of four squares of the smaller side. */
const roomOf = ({ rows, width }: Part): number => rows * width + 4 * Math.min(rows, width) ** 2;
/** About in proportion to its multiplications. */
const costOf = (part: Part): number => Math.min(part.rows, part.width) * roomOf(part);
