import { divisors, ParrotletError } from "../base/index.ts";

/** Which architecture a model has, and so where its checkpoints open. */
export type Preset = "classic" | "llama";

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
  /** Key and value heads, `G`; `llama` only. @default heads */
  readonly kvHeads: number;
  /** Numbers in the middle of an MLP, `F`. @default 4 * width for classic, 8/3 * width for llama, rounded up to 8 */
  readonly mlpWidth: number;
  /** The head is the transposed token embedding. @default true for classic, false for llama */
  readonly tied: boolean;
  /** Linear maps and norms have biases; `classic` only. @default true for classic, false for llama */
  readonly biases: boolean;
  /** GELU by GPT-2's tanh approximation or exactly; `classic` only. @default "tanh" */
  readonly gelu: "tanh" | "erf";
  /** Added to the variance in norms. @default 1e-5 */
  readonly epsilon: number;
  /** Base of the rotary angles; `llama` only. @default 10000 */
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
  const classic = preset === "classic";
  return {
    ...options,
    preset,
    kvHeads: options.kvHeads ?? heads,
    mlpWidth: options.mlpWidth ?? (classic ? 4 * width : Math.ceil((8 * width) / 3 / 8) * 8),
    tied: options.tied ?? classic,
    biases: options.biases ?? classic,
    gelu: options.gelu ?? "tanh",
    epsilon: options.epsilon ?? 1e-5,
    theta: options.theta ?? 10_000,
    deviation: options.deviation ?? 0.02,
  };
}

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
const NUMBERS = { epsilon: [1e-30, 1], theta: [1e-6, 1e12], deviation: [0, 10] } as const;

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

function problemWithPreset({ preset, width, heads, kvHeads, biases }: ModelConfig): ModelProblem | undefined {
  if (preset === "classic" && kvHeads !== heads) {
    const message = `classic has a key/value head for each head, but kvHeads is ${kvHeads}. Leave it out, or take preset llama.`;
    return { field: "kvHeads", message };
  }
  if (preset === "classic") return undefined;
  if (biases)
    return { field: "biases", message: "llama has no biases. Leave biases out, or take preset classic." };
  if ((width / heads) % 2 === 0) return undefined;
  const message = `llama turns pairs of numbers, but width ${width} / ${heads} heads = ${width / heads} is odd. Take other heads.`;
  return { field: "heads", message };
}
