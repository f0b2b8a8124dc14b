import { divisors, ParrotletError } from "../base/index.ts";

/** Which architecture a model has, and so where its checkpoints open. */
export type Preset = "classic" | "llama" | "modern";

/** Everything that determines a model's shape. */
export interface ModelConfig {
  readonly preset: Preset;
  /** Tokens that it knows, `V`. */
  readonly vocabulary: number;
  /** Most tokens it can attend to, `T`. */
  readonly contextWindow: number;
  /** Numbers per token, `C`. */
  readonly width: number;
  readonly layers: number;
  /** Query heads, `H`. */
  readonly heads: number;
  /** Key and value heads, `G`; not in `classic`. @default heads */
  readonly kvHeads: number;
  /** Numbers in the middle of an MLP, `F`. @default 4 * width, for llama 8/3 * width, rounded up to 8 */
  readonly mlpWidth: number;
  /** The head is the transposed token embedding. @default true for classic */
  readonly tied: boolean;
  /** Linear maps and norms have biases; `classic` only. @default true for classic */
  readonly biases: boolean;
  /** GELU by GPT-2's tanh approximation or exactly. @default "tanh" */
  readonly gelu: "tanh" | "erf";
  /** How a token knows where it stands: `classic` learns positions, the others turn queries and keys. */
  readonly positions: "learned" | "rotary";
  /** @default "layer" for classic, "rms" for the others */
  readonly norm: "layer" | "rms";
  /** In the middle of an MLP. @default "swiglu" for llama, "gelu" for the others */
  readonly activation: "gelu" | "swiglu" | "relu-squared";
  /** Queries and keys are brought to length 1 before they meet. @default true for modern */
  readonly qkNorm: boolean;
  /** Each layer's values are mixed with the first layer's, in learned shares. @default false */
  readonly valueResidual: boolean;
  /** Each block's input is mixed with the embedding, in learned shares. @default false */
  readonly residualScalars: boolean;
  /** Maps that end a residual branch begin as 0: at first a block changes nothing. @default true for modern */
  readonly zeroProjections: boolean;
  /** Logits are kept within this bound, smoothly; 0 leaves them. @default 15 for modern */
  readonly logitCap: number;
  /** Embeddings are normalized before the first block. @default true for modern */
  readonly embeddingNorm: boolean;
  /** Rows of a second embedding, of each token with the one before it; 0 is none. @default 4096 for modern */
  readonly bigrams: number;
  /** Added to the variance in norms. @default 1e-5 */
  readonly epsilon: number;
  /** Base of the rotary angles. @default 10000 */
  readonly theta: number;
  /** Standard deviation of initial weights. @default 0.02 */
  readonly deviation: number;
}

/** What has no default. */
type Needed = "vocabulary" | "contextWindow" | "width" | "layers" | "heads";
export type ModelOptions = Pick<ModelConfig, Needed> & {
  readonly [K in Exclude<keyof ModelConfig, Needed>]?: ModelConfig[K] | undefined;
};

/**
 * Fills in defaults and checks that the numbers go together.
 *
 * @throws {ParrotletError} `model-config`, with the fields and values that do not fit.
 */
export function modelConfig(options: ModelOptions): ModelConfig {
  const config = complete(options);
  const problem = problemWith(config);
  if (problem) throw new ParrotletError("model-config", problem.message);
  return config;
}

function complete(options: ModelOptions): ModelConfig {
  const { preset = "classic", width, heads } = options;
  const usual = defaultsOf(preset);
  const wide = usual.activation === "swiglu" ? Math.ceil((8 * width) / 3 / 8) * 8 : 4 * width;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...{ kvHeads: heads, mlpWidth: wide, gelu: "tanh", epsilon: 1e-5, theta: 10_000, deviation: 0.02 },
    ...usual,
    ...(Object.fromEntries(given) as ModelOptions),
    preset,
  } as ModelConfig;
}

/** What a preset is, where its options do not say otherwise. */
const defaultsOf = (preset: Preset) =>
  ({
    tied: preset === "classic",
    biases: preset === "classic",
    positions: preset === "classic" ? "learned" : "rotary",
    norm: preset === "classic" ? "layer" : "rms",
    activation: preset === "llama" ? "swiglu" : "gelu",
    ...modernParts(preset === "modern"),
  }) as const;

/** The parts of `modern`, or none. What does not earn its place is off: docs/log.md has the measurements. */
const modernParts = (all: boolean) => ({
  qkNorm: all,
  valueResidual: false,
  residualScalars: false,
  zeroProjections: all,
  logitCap: all ? 15 : 0,
  embeddingNorm: all,
  bigrams: all ? 4096 : 0,
});

export interface ModelProblem {
  readonly field: keyof ModelConfig;
  readonly message: string;
}

/** What does not go together in a model of these options, if anything. */
export const modelProblem = (options: ModelOptions): ModelProblem | undefined =>
  problemWith(complete(options));

/** More than any extent of a model that a machine could hold. */
const MOST = 2 ** 31;
const EXTENTS = ["vocabulary", "contextWindow", "width", "layers", "heads", "kvHeads", "mlpWidth"] as const;
const NUMBERS = {
  epsilon: [1e-30, 1],
  theta: [1e-6, 1e12],
  deviation: [0, 10],
  logitCap: [0, 1e6],
  bigrams: [0, 2 ** 24],
} as const;

function problemWith(config: ModelConfig): ModelProblem | undefined {
  const extent = EXTENTS.find(
    (name) => !(Number.isInteger(config[name]) && config[name] >= 1 && config[name] < MOST),
  );
  if (extent) {
    return {
      field: extent,
      message: `${extent} is ${config[extent]}; it must be a whole number from 1 to 2147483647.`,
    };
  }
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = config[name as keyof typeof NUMBERS];
    if (value >= least && value <= most) continue;
    const message = `${name} is ${value}; it must be a number from ${least} to ${most}.`;
    return { field: name as keyof typeof NUMBERS, message };
  }
  return problemWithHeads(config) ?? problemWithPreset(config);
}

function problemWithHeads({ width, heads, kvHeads }: ModelConfig): ModelProblem | undefined {
  if (width % heads !== 0) {
    const message = `width ${width} cannot be shared among ${heads} heads. Take ${divisors(width).join(", ")} heads, or another width.`;
    return { field: "heads", message };
  }
  if (heads % kvHeads === 0) return undefined;
  const message = `${heads} heads cannot share ${kvHeads} key/value heads. Take ${divisors(heads).join(", ")}.`;
  return { field: "kvHeads", message };
}

/** What other programs' architectures do not have; only `modern` may choose. */
const FIXED = [
  ...(["positions", "norm", "activation", "qkNorm", "valueResidual", "residualScalars"] as const),
  ...(["zeroProjections", "logitCap", "embeddingNorm", "bigrams"] as const),
];

function problemWithPreset(config: ModelConfig): ModelProblem | undefined {
  const { preset, width, heads, kvHeads, biases, positions, bigrams } = config;
  const usual = defaultsOf(preset);
  const changed = preset === "modern" ? undefined : FIXED.find((field) => config[field] !== usual[field]);
  if (changed) {
    const message = `${changed} of ${preset} is ${usual[changed]}, not ${config[changed]}. Leave it out, or take preset modern.`;
    return { field: changed, message };
  }
  if (preset === "classic" && kvHeads !== heads) {
    const message = `classic has a key/value head for each head, but kvHeads is ${kvHeads}. Leave it out, or take preset llama.`;
    return { field: "kvHeads", message };
  }
  if (biases && preset !== "classic") {
    const message = `${preset} has no biases. Leave biases out, or take preset classic.`;
    return { field: "biases", message };
  }
  if (!Number.isInteger(bigrams))
    return { field: "bigrams", message: `bigrams is ${bigrams}; it must be a whole number.` };
  if (positions === "learned" || (width / heads) % 2 === 0) return undefined;
  const message = `${preset} turns pairs of numbers, but width ${width} / ${heads} heads = ${width / heads} is odd. Take other heads.`;
  return { field: "heads", message };
}
