import {
  blend,
  cachedAttention,
  causalAttention,
  type DropoutKey,
  dropout,
  gelu,
  headNorm,
  type KvCache,
  layerNorm,
  linear,
  Parameter,
  reluSquared,
  rmsNorm,
  rope,
  swiglu,
  type Tensor,
} from "../engine/index.ts";
import type { ModelConfig } from "./config.ts";

/** How a model is being applied. By default: to whole sequences from position 0, without dropout. */
export interface Pass {
  /** Positions before these are in a cache, one a layer; row `b` goes on at `start[b]`. */
  readonly cache?: {
    readonly layers: readonly KvCache[];
    /** The tokens before, `[B, capacity]`, for models that see pairs. */
    readonly tokens: Tensor;
    readonly start: Tensor;
  };
  /**
   * `[B, T]`: the first position of each token's segment. Segments are texts that share a row and do not see each other;
   * positions count from their start. Not with a cache. @default a row is one segment
   */
  readonly segments?: Tensor | undefined;
  /** `[B, N]`: of which positions logits are wanted, counted through all rows of ids. @default of all */
  readonly wanted?: Tensor;
  /** Dropout, in training. */
  readonly dropout?: { readonly probability: number; readonly seed: number; readonly step: Tensor };
  /** Is told of tensors on the way: `layers.0.attention.weights`, `layers.0.out`, ..., and `hidden`, what the head is given. */
  readonly observe?: (name: string, tensor: Tensor) => void;
}

/** Drops elements of `x` where the pass asks for it. `site` is different for each place in a model. */
export function drop(x: Tensor, pass: Pass, site: number): Tensor {
  if (!pass.dropout) return x;
  const { probability, seed, step } = pass.dropout;
  const key: DropoutKey = { seed, site, step };
  return dropout(x, probability, key);
}

/** `x [.., I]` to `[.., O]`. The weight is `[I, O]`; several maps may lie side by side. */
export class Linear {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(
    name: string,
    inWidth: number,
    outWidth: number | readonly number[],
    options: { biases: boolean; deviation: number },
  ) {
    const parts = typeof outWidth === "number" ? [outWidth] : outWidth;
    const width = parts.reduce((sum, part) => sum + part, 0);
    const normal = { kind: "normal", deviation: options.deviation } as const;
    this.weight = new Parameter(`${name}.weight`, [inWidth, width], normal, parts);
    this.bias = options.biases
      ? new Parameter(`${name}.bias`, [width], { kind: "constant", value: 0 })
      : undefined;
  }

  get parameters(): Parameter[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/** LayerNorm or RMSNorm; `[.., C]` to `[.., C]`. */
export class Norm {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly #config: ModelConfig;

  constructor(name: string, config: ModelConfig) {
    this.#config = config;
    this.weight = new Parameter(`${name}.weight`, [config.width], { kind: "constant", value: 1 });
    this.bias = config.biases
      ? new Parameter(`${name}.bias`, [config.width], { kind: "constant", value: 0 })
      : undefined;
  }

  get parameters(): Parameter[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  forward(x: Tensor): Tensor {
    const { norm, epsilon } = this.#config;
    return norm === "rms" ? rmsNorm(x, this.weight, epsilon) : layerNorm(x, this.weight, this.bias, epsilon);
  }
}

/** What all blocks of a pass share. */
export interface Stream {
  readonly pass: Pass;
  /** What the first block is given, `[B, T, C]`. */
  readonly embedded: Tensor;
  /** The first layer's queries, keys and values, once they are there. */
  first?: Tensor;
}

/** Two learned shares, as `blend` takes them. */
const shares = (name: string, ...values: readonly [number, number]): Parameter =>
  new Parameter(name, [2], { kind: "values", values });

/**
 * Multi-head self-attention: position `t` reads from positions `0..t`, never ahead. Maps `[B, T, C]` to `[B, T, C]`.
 * One map makes queries, keys and values, `[C, (H + 2 G) D]` where `D = C / H`; another, `[C, C]`, mixes the heads.
 *
 * @see Vaswani et al. 2017, §3.2. https://arxiv.org/abs/1706.03762
 */
export class Attention {
  readonly qkv: Linear;
  readonly projection: Linear;
  /** Of a layer's own values and the first layer's; none in the first layer. */
  readonly values: Parameter | undefined;
  readonly #config: ModelConfig;
  readonly #name: string;

  constructor(name: string, config: ModelConfig, layer: number) {
    const { width, heads, kvHeads, biases, deviation, valueResidual } = config;
    this.#config = config;
    this.#name = name;
    this.values = valueResidual && layer > 0 ? shares(`${name}.values`, 0.5, 0.5) : undefined;
    const kvWidth = (kvHeads * width) / heads;
    this.qkv = new Linear(`${name}.qkv`, width, [width, kvWidth, kvWidth], { biases, deviation });
    this.projection = new Linear(`${name}.projection`, width, width, {
      biases,
      deviation: residualDeviation(config),
    });
  }

  get parameters(): Parameter[] {
    const values = this.values ? [this.values] : [];
    return [...this.qkv.parameters, ...this.projection.parameters, ...values];
  }

  /** What the block drops and adds to the residual stream. */
  forward(x: Tensor, stream: Stream, layer: number): Tensor {
    const { positions, theta } = this.#config;
    const { pass } = stream;
    const mixed = this.#mix(this.qkv.forward(x), stream);
    const start = pass.cache?.start;
    const qkv = positions === "rotary" ? rope(mixed, this.#config, theta, start) : mixed;
    const cache = pass.cache?.layers[layer];
    if (cache && start) return this.projection.forward(cachedAttention(qkv, cache, start, this.#config));
    const { out, weights } = causalAttention(qkv, this.#config, { segments: pass.segments });
    pass.observe?.(`${this.#name}.weights`, weights);
    return this.projection.forward(out);
  }

  /** Mixes values with the first layer's, and normalizes queries and keys, where the model does so. */
  #mix(own: Tensor, stream: Stream): Tensor {
    const { width, heads, kvHeads, qkNorm, epsilon } = this.#config;
    const headWidth = width / heads;
    stream.first ??= own;
    const from = (heads + kvHeads) * headWidth;
    const mixed = this.values
      ? blend(own, stream.first, this.values, [from, from + kvHeads * headWidth])
      : own;
    return qkNorm ? headNorm(mixed, heads + kvHeads, headWidth, epsilon) : mixed;
  }
}

/** The MLP of a block: `[B, T, C]` to `[B, T, F]` and back, through GELU, SwiGLU or the square of ReLU. */
export class Mlp {
  readonly up: Linear;
  readonly down: Linear;
  readonly #config: ModelConfig;

  constructor(name: string, config: ModelConfig) {
    const { activation, width, mlpWidth, biases, deviation } = config;
    this.#config = config;
    const wide = activation === "swiglu" ? [mlpWidth, mlpWidth] : mlpWidth;
    this.up = new Linear(`${name}.up`, width, wide, { biases, deviation });
    this.down = new Linear(`${name}.down`, mlpWidth, width, {
      biases,
      deviation: residualDeviation(config),
    });
  }

  get parameters(): Parameter[] {
    return [...this.up.parameters, ...this.down.parameters];
  }

  forward(x: Tensor): Tensor {
    const { activation } = this.#config;
    const wide = this.up.forward(x);
    if (activation === "swiglu") return this.down.forward(swiglu(wide));
    return this.down.forward(activation === "gelu" ? gelu(wide, this.#config.gelu) : reluSquared(wide));
  }
}

/** A pre-norm transformer block: `[B, T, C]` to `[B, T, C]`. */
export class Block {
  readonly attentionNorm: Norm;
  readonly attention: Attention;
  readonly mlpNorm: Norm;
  readonly mlp: Mlp;
  /** Of the stream and the embedding. */
  readonly shares: Parameter | undefined;
  readonly #layer: number;

  constructor(layer: number, config: ModelConfig) {
    const name = `layers.${layer}`;
    this.#layer = layer;
    this.attentionNorm = new Norm(`${name}.attention.norm`, config);
    this.attention = new Attention(`${name}.attention`, config, layer);
    this.mlpNorm = new Norm(`${name}.mlp.norm`, config);
    this.mlp = new Mlp(`${name}.mlp`, config);
    this.shares = config.residualScalars ? shares(`${name}.shares`, 1, 0) : undefined;
  }

  get parameters(): Parameter[] {
    const parts = [this.attentionNorm, this.attention, this.mlpNorm, this.mlp];
    return [...parts.flatMap((part) => part.parameters), ...(this.shares ? [this.shares] : [])];
  }

  forward(before: Tensor, stream: Stream): Tensor {
    const { pass, embedded } = stream;
    const x = this.shares ? blend(before, embedded, this.shares) : before;
    const attended = this.attention.forward(this.attentionNorm.forward(x), stream, this.#layer);
    const middle = x.add(drop(attended, pass, 2 * this.#layer + 1));
    const out = middle.add(drop(this.mlp.forward(this.mlpNorm.forward(middle)), pass, 2 * this.#layer + 2));
    pass.observe?.(`layers.${this.#layer}.out`, out);
    return out;
  }
}

/**
 * Maps that end a residual branch begin smaller, so that the stream's variance does not grow with depth.
 * @see Radford et al. 2019 (GPT-2), §2.3.
 */
const residualDeviation = ({ deviation, layers, zeroProjections }: ModelConfig): number =>
  zeroProjections ? 0 : deviation / Math.sqrt(2 * layers);
