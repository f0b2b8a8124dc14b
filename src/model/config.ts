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
  const { preset = "classic", width, heads } = options;
  const classic = preset === "classic";
  const config: ModelConfig = {
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
  const problem = problemWith(config);
  if (problem) throw new ParrotletError("model-config", problem);
  return config;
}

/** More than any extent of a model that a machine could hold. */
const MOST = 2 ** 31;
const EXTENTS = ["vocabulary", "contextWindow", "width", "layers", "heads", "kvHeads", "mlpWidth"] as const;

function problemWith(config: ModelConfig): string | undefined {
  const wrong = EXTENTS.find(
    (name) => !(Number.isInteger(config[name]) && config[name] >= 1 && config[name] < MOST),
  );
  if (wrong) return `${wrong} is ${config[wrong]}; it must be a whole number from 1 to 2147483647.`;
  const { preset, width, heads, kvHeads, epsilon, theta, deviation } = config;
  if (!(epsilon > 0 && epsilon < 1)) return `epsilon is ${epsilon}; it must be a number between 0 and 1.`;
  if (!(theta > 0 && theta < 1e12)) return `theta is ${theta}; it must be a number above 0.`;
  if (!(deviation >= 0 && deviation <= 10))
    return `deviation is ${deviation}; it must be a number from 0 to 10.`;
  if (width % heads !== 0) {
    return `width ${width} cannot be shared among ${heads} heads. Take ${divisors(width).join(", ")} heads, or another width.`;
  }
  if (heads % kvHeads !== 0) {
    return `${heads} heads cannot share ${kvHeads} key/value heads. Take a number that divides ${heads}.`;
  }
  if (preset === "classic") {
    if (kvHeads !== heads)
      return `classic has a key/value head for each head, but kvHeads is ${kvHeads}. Take preset llama.`;
    return undefined;
  }
  if (config.biases) return "llama has no biases. Leave biases out, or take preset classic.";
  if ((width / heads) % 2 !== 0) {
    return `llama turns pairs of numbers, but width ${width} / ${heads} heads = ${width / heads} is odd.`;
  }
  return undefined;
}
