import { evaluationBlocks, type RowSource, type RowsInOrder } from "../data/index.ts";
import { Validator } from "../evaluate/index.ts";
import type { Tokenizer } from "../text/index.ts";
import type { Task } from "./task.ts";

export interface CorpusTaskOptions {
  readonly training: RowSource;
  readonly validation: RowsInOrder;
  readonly tokenizer: Tokenizer;
  readonly batch: number;
  readonly packed: boolean;
  /** Tokens of the training part. */
  readonly tokens: number;
  /** The most tokens that are validated on. @default all */
  readonly mostTokens?: number | undefined;
  /** What is gone on with at each evaluation. */
  readonly prompts: readonly string[];
  readonly seed: number;
}

/** To go on with text, or with conversations: rows come out of a token store, and unseen ones tell how well. */
export function corpusTask(options: CorpusTaskOptions): Task {
  const { training, validation, tokenizer, batch, packed, tokens, mostTokens, prompts, seed } = options;
  return {
    tokenizer,
    batch,
    time: training.time,
    packed,
    size: { rows: training.rows, pairs: 0, tokens },
    fill: (number, into, at) => {
      for (let row = 0; row < batch; row++) {
        training.fillRow(number * batch + row, into, at + row * training.time);
      }
    },
    evaluator: (model, weights) => {
      const bytesOfToken = (id: number): number => tokenizer.byteLength(id);
      const blocks = (rows: number) =>
        evaluationBlocks(validation, { batch: rows, bytesOfToken, mostTokens });
      const { time } = validation;
      const validator = new Validator({ model, weights, tokenizer, time, blocks, packed, prompts, seed });
      return {
        evaluate: () => {
          const result = validator.validate();
          return { loss: result.loss, validation: result };
        },
        release: () => validator.release(),
      };
    },
  };
}
