import { invariant } from "../base/index.ts";
import {
  bigram,
  embed,
  type KvCache,
  matmul,
  Parameter,
  paddedCapacity,
  pick,
  State,
  softCap,
  type Tensor,
} from "../engine/index.ts";
import type { ModelConfig } from "./config.ts";
import type { LanguageModel, ModelCache } from "./language-model.ts";
import { Block, drop, Norm, type Pass, type Stream } from "./layers.ts";

/** The decoder-only transformer that `classic`, `llama` and `modern` are settings of. */
export class Transformer implements LanguageModel {
  readonly config: ModelConfig;
  readonly tokens: Parameter;
  readonly positions: Parameter | undefined;
  /** Of pairs of tokens, `[bigrams, C]`. */
  readonly bigrams: Parameter | undefined;
  readonly embeddingNorm: Norm | undefined;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** `[V, C]`; the token embedding itself where it is tied. */
  readonly head: Parameter;

  constructor(config: ModelConfig) {
    const { vocabulary, contextWindow, width, layers, tied, deviation, positions, bigrams } = config;
    const table = (name: string, rows: number): Parameter =>
      new Parameter(`${name}.weight`, [rows, width], { kind: "normal", deviation });
    this.config = config;
    this.tokens = table("tokens", vocabulary);
    this.positions = positions === "learned" ? table("positions", contextWindow) : undefined;
    this.bigrams = bigrams > 0 ? table("bigrams", bigrams) : undefined;
    this.embeddingNorm = config.embeddingNorm ? new Norm("embedding.norm", config) : undefined;
    this.blocks = Array.from({ length: layers }, (_, layer) => new Block(layer, config));
    this.norm = new Norm("norm", config);
    this.head = tied ? this.tokens : table("head", vocabulary);
  }

  get parameters(): readonly Parameter[] {
    const tables = [this.tokens, this.positions, this.bigrams].filter((table) => table !== undefined);
    const norms = [this.embeddingNorm, ...this.blocks, this.norm].filter((part) => part !== undefined);
    const body = norms.flatMap((part) => part.parameters);
    return [...tables, ...body, ...(this.head === this.tokens ? [] : [this.head])];
  }

  forward(ids: Tensor, pass: Pass = {}): Tensor {
    invariant(!(pass.cache && pass.segments), "a cache holds one text a row, and this pass has segments");
    const stream: Stream = { pass, embedded: this.#embed(ids, pass) };
    let x = stream.embedded;
    for (const block of this.blocks) x = block.forward(x, stream);
    if (pass.wanted) x = pick(x, pass.wanted);
    const hidden = this.norm.forward(x);
    pass.observe?.("hidden", hidden);
    const logits = matmul(hidden, this.head, { transposeB: true });
    return this.config.logitCap > 0 ? softCap(logits, this.config.logitCap) : logits;
  }

  #embed(ids: Tensor, pass: Pass): Tensor {
    const { vocabulary, bigrams } = this.config;
    const { cache, segments } = pass;
    const tokens = embed(ids, this.tokens, { positions: this.positions, start: cache?.start, segments });
    const pairs =
      this.bigrams && embed(bigram(ids, vocabulary, bigrams, { history: cache, segments }), this.bigrams);
    const both = pairs ? tokens.add(pairs) : tokens;
    return drop(this.embeddingNorm?.forward(both) ?? both, pass, 0);
  }

  cache(batch: number, capacity: number = this.config.contextWindow): ModelCache {
    const { width, heads, kvHeads, layers } = this.config;
    const headWidth = width / heads;
    const keys = [batch, kvHeads, headWidth, paddedCapacity(capacity)];
    const values = [batch, capacity, headWidth * kvHeads];
    const layer = (index: number): KvCache => ({
      keys: new State(`layers.${index}.keys`, keys),
      values: new State(`layers.${index}.values`, values),
    });
    return {
      layers: Array.from({ length: layers }, (_, index) => layer(index)),
      tokens: new State("tokens", [batch, capacity]),
    };
  }
}
