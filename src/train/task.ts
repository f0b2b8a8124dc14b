import type { Rows } from "../data/index.ts";
import type { Examination, Validation } from "../evaluate/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";
import type { Tokenizer } from "../text/index.ts";

/** What a training learns from, and how it is told how well. */
export interface Task {
  readonly tokenizer: Tokenizer;
  /** Rows of a batch. */
  readonly batch: number;
  /** Tokens of a row. */
  readonly time: number;
  /** Rows hold several texts that do not see each other. */
  readonly packed: boolean;
  readonly size: TaskSize;
  /** Writes a batch, counted from 0 through all steps, from element `at` on: `[batch, time]` each. */
  fill(batch: number, into: Rows, at: number): void;
  /** Measures the model as it learns; on `weights`, which may be an average. */
  evaluator(model: LanguageModel, weights: Weights): Evaluator;
}

/** How much there is to learn. */
export interface TaskSize {
  /** Rows that are seen in an epoch. */
  readonly rows: number;
  /** Different pairs of question and answer; 0 where the data are not pairs. */
  readonly pairs: number;
  /** Tokens to learn from, where they are counted. */
  readonly tokens?: number;
}

export interface Evaluator {
  evaluate(): Evaluation;
  release(): void;
}

/** How good a model is at one moment: by an examination where the data are pairs, else by text that it has not seen. */
export interface Evaluation {
  /** Nats per token. */
  readonly loss: number;
  readonly examination?: Examination;
  readonly validation?: Validation;
}
