import type { FilterConfig, LossOn, ReadOptions } from "../data/index.ts";
import type { Precision } from "../engine/index.ts";
import type { ModelOptions, Preset } from "../model/index.ts";
import type { OptimizerConfig } from "./optimizer.ts";

/** Everything that determines a training. With the same data it gives the same bytes on the same device. */
export interface Recipe {
  /** What it is called, and its runs after it. */
  readonly name: string;
  /** Questions and answers that it shall know and is asked for, or text and conversations to go on with. @default "pairs" */
  readonly task: "pairs" | "corpus";
  /**
   * Of pairs: the name of a corpus that comes with the program, or a path. Of a corpus: a file, a folder, `hf:owner/dataset`,
   * or several of them.
   */
  readonly data: string | readonly DataEntry[];
  /** The model whose weights and tokenizer it begins with. @default weights that are drawn by the seed */
  readonly from?: FromRecipe | undefined;
  /** @default 1 */
  readonly seed: number;
  readonly model: ModelRecipe;
  /** How files are read, where finding out would go wrong. */
  readonly reading: ReadOptions;
  /** What is left out. */
  readonly filters: FilterConfig;
  readonly tokenizer: TokenizerRecipe;
  readonly training: TrainingRecipe;
  readonly optimizer: OptimizerRecipe;
  readonly schedule: ScheduleRecipe;
  readonly evaluation: EvaluationRecipe;
}

/** What a training begins with, in place of nothing. */
export interface FromRecipe {
  /** A run, `RUN@STEP`, a starter that comes with the program, or a checkpoint folder. */
  readonly model: string;
  /** SHA-256 of what is taken of it: its config, weights and tokenizer. A run keeps it, so that the same training begins with the same. */
  readonly hash?: string | undefined;
}

/** One part of a mixture. */
export interface DataEntry {
  /** A file, a folder, or `hf:owner/dataset`. */
  readonly source: string;
  /** How many rows it gives, beside those of the others. @default 1 */
  readonly weight: number;
}

/** All that is learned from. */
export const dataEntries = (data: Recipe["data"]): readonly DataEntry[] =>
  typeof data === "string" ? [{ source: data, weight: 1 }] : data;

/** How text and conversations are held back to measure with. Of pairs, the corpus itself says what is asked. */
export interface EvaluationRecipe {
  /** Share of the data that is not trained on. @default 0.1 */
  readonly share: number;
  /** Data of their own to measure with; nothing is held back then. */
  readonly data?: string | undefined;
  /** The most tokens that are predicted at a checkpoint; 0 is all. @default 0 */
  readonly mostTokens: number;
  /** What the model goes on with at each checkpoint. @default beginnings out of what validates, see `samplePrompts` */
  readonly prompts: readonly string[];
}

/** The size and kind of the network; its vocabulary comes from the data. */
export type ModelRecipe = Omit<ModelOptions, "vocabulary" | "preset" | "epsilon" | "theta"> & {
  /** @default "classic" */
  readonly preset: Preset;
};

export interface TokenizerRecipe {
  /** @default "character" */
  readonly kind: "character" | "byte" | "bpe";
  /** Tokens of `bpe`, at the most. @default 1024 */
  readonly vocabulary: number;
  /** Characters that are not in the data become `<unk>` instead of being refused. @default false */
  readonly unknown: boolean;
}

export interface TrainingRecipe {
  /** Updates of the weights. 0 where `epochs`, `tokens` or `minutes` say how long: `resolveLength` makes steps of the first two. */
  readonly steps: number;
  /** Passes over the data, in place of steps. */
  readonly epochs?: number | undefined;
  /** Tokens to learn from, in place of steps. */
  readonly tokens?: number | undefined;
  /** Rows of a batch. @default 16 */
  readonly batch: number;
  /** Batches whose gradients make one step: a larger batch in the same memory. @default 1 */
  readonly accumulate: number;
  /** Learn questions and answers, or answers alone. @default "all" */
  readonly lossOn: LossOn;
  /** Probability of dropping an element. @default 0 */
  readonly dropout: number;
  /** Share of each target that is spread over all tokens. @default 0 */
  readonly labelSmoothing: number;
  /** How slowly the moving average of the weights follows; it is what is examined and kept. 0 keeps the weights. @default 0 */
  readonly ema: number;
  /**
   * "bf16": products of large matrices round their numbers to bfloat16, sum in f32, and take about half the time, where the
   * processor has them. Weights and optimizer stay f32.
   *
   * @default "f32"
   */
  readonly precision: Precision;
  /** Steps between checkpoints. @default 1000 */
  readonly checkpointSteps: number;
  /** Stop after this many minutes of training; 0 sets no limit. Alone, it is the length: as many steps as fit. @default 0 */
  readonly minutes: number;
  /** Stop after so many checkpoints in a row that are no better than the best; 0 goes on. @default 0 */
  readonly patience: number;
  /** Which checkpoints stay. @default "all" */
  readonly keep: "all" | "best-and-newest";
  /** Stop at the first checkpoint where the exam, or every pair that is asked, is perfect. @default "never" */
  readonly stopWhenPerfect: "never" | "exam" | "all";
}

export interface OptimizerRecipe extends OptimizerConfig {
  /** The highest learning rate. @default 0.001 */
  readonly rate: number;
}

export interface ScheduleRecipe {
  /** How the rate falls after the warm-up. @default "cosine" */
  readonly kind: "constant" | "linear" | "cosine" | "wsd";
  /** Steps in which the rate rises from 0. @default 0 */
  readonly warmup: number;
  /** The last rate, as a share of the highest. @default 0 */
  readonly floor: number;
  /** Of `wsd`: the share of all steps in which the rate falls, at the end. @default 0.4 */
  readonly cooldown: number;
}
