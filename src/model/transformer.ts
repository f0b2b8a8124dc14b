import { embed, matmul, Parameter, paddedCapacity, pick, State, type Tensor } from "../engine/index.ts";
import type { ModelConfig } from "./config.ts";
import type { LanguageModel } from "./language-model.ts";
import { Block, drop, Norm, type Pass } from "./layers.ts";

/** The decoder-only transformer that `classic` and `llama` are two settings of. */
export class Transformer implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokens: Parameter;
  readonly positions: Parameter | undefined;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** `[V, C]`; the token embedding itself where it is tied. */
  readonly head: Parameter;

  constructor(config: ModelConfig) {
    const { preset, vocabulary, contextWindow, width, layers, tied, deviation } = config;
    const normal = { kind: "normal", deviation } as const;
    this.config = config;
    this.tokens = new Parameter("tokens.weight", [vocabulary, width], normal);
    this.positions =
      preset === "classic" ? new Parameter("positions.weight", [contextWindow, width], normal) : undefined;
    this.blocks = Array.from({ length: layers }, (_, layer) => new Block(layer, config));
    this.norm = new Norm("norm", config);
    this.head = tied ? this.tokens : new Parameter("head.weight", [vocabulary, width], normal);
  }

  get parameters(): readonly Parameter[] {
    const embeddings = this.positions ? [this.tokens, this.positions] : [this.tokens];
    const body = [...this.blocks.flatMap((block) => block.parameters), ...this.norm.parameters];
    return [...embeddings, ...body, ...(this.head === this.tokens ? [] : [this.head])];
  }

  forward(ids: Tensor, pass: Pass = {}): Tensor {
    let x = drop(embed(ids, this.tokens, this.positions, pass.cache?.start), pass, 0);
    for (const block of this.blocks) x = block.forward(x, pass);
    if (pass.wanted) x = pick(x, pass.wanted);
    return matmul(this.norm.forward(x), this.head, { transposeB: true });
  }

  cache(batch: number, capacity: number = this.config.contextWindow): { keys: State; values: State }[] {
    const { width, heads, kvHeads, layers } = this.config;
    const headWidth = width / heads;
    const keys = [batch, kvHeads, headWidth, paddedCapacity(capacity)];
    const values = [batch, capacity, headWidth * kvHeads];
    return Array.from({ length: layers }, (_, layer) => ({
      keys: new State(`layers.${layer}.keys`, keys),
      values: new State(`layers.${layer}.values`, values),
    }));
  }
}
