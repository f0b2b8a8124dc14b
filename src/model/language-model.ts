import type { KvCache, Parameter, State, Tensor } from "../engine/index.ts";
import type { ModelConfig } from "./config.ts";
import type { Pass } from "./layers.ts";

/** A network that says, at each position of a token sequence, how likely each token is to come next. */
export interface LanguageModel {
  readonly config: ModelConfig;
  /** All that training may change, each once, in a fixed order. */
  readonly parameters: readonly Parameter[];
  /**
   * Records the model's kernels: `ids [B, T]` to logits `[B, T, V]`, or those that `pass.wanted` names. Position `t` depends
   * on ids `0..t` alone.
   */
  forward(ids: Tensor, pass?: Pass): Tensor;
  /** Room for what is kept of `capacity` positions. @default the context window */
  cache(batch: number, capacity?: number): ModelCache;
}

/** What is kept of tokens that were fed, for those that come. */
export interface ModelCache {
  /** Keys and values, one cache a layer. */
  readonly layers: readonly KvCache[];
  /** The tokens themselves, `[B, capacity]`. */
  readonly tokens: State;
}
