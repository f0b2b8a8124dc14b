import {
  cachedAttention,
  causalAttention,
  type DropoutKey,
  dropout,
  gelu,
  type KvCache,
  layerNorm,
  linear,
  Parameter,
  rmsNorm,
  rope,
  swiglu,
  type Tensor,
} from "../engine/index.ts";
import type { ModelConfig } from "./config.ts";

/** How a model is being applied. By default: to whole sequences from position 0, without dropout. */
export interface Pass {
  /** Positions before these are in a cache, one a layer; row `b` goes on at `start[b]`. */
  readonly cache?: { readonly layers: readonly KvCache[]; readonly start: Tensor };
  /** `[B, N]`: of which positions logits are wanted, counted through all rows of ids. @default of all */
  readonly wanted?: Tensor;
  /** Dropout, in training. */
  readonly dropout?: { readonly probability: number; readonly seed: number; readonly step: Tensor };
  /** Is told of tensors on the way: `layers.0.attention.weights`, `layers.0.out`, ... */
  readonly observe?: (name: string, tensor: Tensor) => void;
}

/** Drops elements of `x` where the pass asks for it. `site` is different for each place in a model. */
export function drop(x: Tensor, pass: Pass, site: number): Tensor {
  if (!pass.dropout) return x;
  const { probability, seed, step } = pass.dropout;
  const key: DropoutKey = { seed, site, step };
  return dropout(x, probability, key);
}

/** `x [.., I]` to `[.., O]`. The weight is `[I, O]`. */
export class Linear {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(
    name: string,
    inWidth: number,
    outWidth: number,
    options: { biases: boolean; deviation: number },
  ) {
    this.weight = new Parameter(`${name}.weight`, [inWidth, outWidth], {
      kind: "normal",
      deviation: options.deviation,
    });
    this.bias = options.biases
      ? new Parameter(`${name}.bias`, [outWidth], { kind: "constant", value: 0 })
      : undefined;
  }

  get parameters(): Parameter[] {
    return this.bias ? [this.weight, this.bias] : [this.weight];
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/** LayerNorm for `classic`, RMSNorm for `llama`; `[.., C]` to `[.., C]`. */
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
    const { preset, epsilon } = this.#config;
    return preset === "llama"
      ? rmsNorm(x, this.weight, epsilon)
      : layerNorm(x, this.weight, this.bias, epsilon);
  }
}

/**
 * Multi-head self-attention: position `t` reads from positions `0..t`, never ahead. Maps `[B, T, C]` to `[B, T, C]`.
 * One map makes queries, keys and values, `[C, (H + 2 G) D]` where `D = C / H`; another, `[C, C]`, mixes the heads.
 *
 * @see Vaswani et al. 2017, §3.2. https://arxiv.org/abs/1706.03762
 */
export class Attention {
  readonly qkv: Linear;
  readonly projection: Linear;
  readonly #config: ModelConfig;
  readonly #name: string;

  constructor(name: string, config: ModelConfig) {
    const { width, heads, kvHeads, biases, deviation, layers } = config;
    this.#config = config;
    this.#name = name;
    this.qkv = new Linear(`${name}.qkv`, width, ((heads + 2 * kvHeads) * width) / heads, {
      biases,
      deviation,
    });
    this.projection = new Linear(`${name}.projection`, width, width, {
      biases,
      deviation: residualDeviation(deviation, layers),
    });
  }

  get parameters(): Parameter[] {
    return [...this.qkv.parameters, ...this.projection.parameters];
  }

  /** What the block drops and adds to the residual stream. */
  forward(x: Tensor, pass: Pass, layer: number): Tensor {
    const { preset, theta } = this.#config;
    const mixed = this.qkv.forward(x);
    const start = pass.cache?.start;
    const qkv = preset === "llama" ? rope(mixed, this.#config, theta, start) : mixed;
    const cache = pass.cache?.layers[layer];
    if (cache && start) return this.projection.forward(cachedAttention(qkv, cache, start, this.#config));
    const { out, weights } = causalAttention(qkv, this.#config);
    pass.observe?.(`${this.#name}.weights`, weights);
    return this.projection.forward(out);
  }
}

/** The MLP of a block: `[B, T, C]` to `[B, T, F]` and back, through GELU for `classic` and SwiGLU for `llama`. */
export class Mlp {
  readonly up: Linear;
  readonly down: Linear;
  readonly #config: ModelConfig;

  constructor(name: string, config: ModelConfig) {
    const { preset, width, mlpWidth, biases, deviation, layers } = config;
    this.#config = config;
    this.up = new Linear(`${name}.up`, width, preset === "llama" ? 2 * mlpWidth : mlpWidth, {
      biases,
      deviation,
    });
    this.down = new Linear(`${name}.down`, mlpWidth, width, {
      biases,
      deviation: residualDeviation(deviation, layers),
    });
  }

  get parameters(): Parameter[] {
    return [...this.up.parameters, ...this.down.parameters];
  }

  forward(x: Tensor): Tensor {
    const wide = this.up.forward(x);
    return this.down.forward(this.#config.preset === "llama" ? swiglu(wide) : gelu(wide, this.#config.gelu));
  }
}

/** A pre-norm transformer block: `[B, T, C]` to `[B, T, C]`. */
export class Block {
  readonly attentionNorm: Norm;
  readonly attention: Attention;
  readonly mlpNorm: Norm;
  readonly mlp: Mlp;
  readonly #layer: number;

  constructor(layer: number, config: ModelConfig) {
    const name = `layers.${layer}`;
    this.#layer = layer;
    this.attentionNorm = new Norm(`${name}.attention.norm`, config);
    this.attention = new Attention(`${name}.attention`, config);
    this.mlpNorm = new Norm(`${name}.mlp.norm`, config);
    this.mlp = new Mlp(`${name}.mlp`, config);
  }

  get parameters(): Parameter[] {
    return [this.attentionNorm, this.attention, this.mlpNorm, this.mlp].flatMap((part) => part.parameters);
  }

  forward(x: Tensor, pass: Pass): Tensor {
    const attended = this.attention.forward(this.attentionNorm.forward(x), pass, this.#layer);
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
const residualDeviation = (deviation: number, layers: number): number => deviation / Math.sqrt(2 * layers);
