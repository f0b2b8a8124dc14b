import { type Corpus, differentPairs, type LossOn, PairBatches } from "../data/index.ts";
import { Examiner } from "../evaluate/index.ts";
import type { RenderedConversation, Tokenizer } from "../text/index.ts";
import type { Task } from "./task.ts";

export interface PairTaskOptions {
  readonly corpus: Corpus;
  readonly rows: readonly RenderedConversation[];
  readonly tokenizer: Tokenizer;
  readonly batch: number;
  readonly seed: number;
  readonly lossOn: LossOn;
}

/** To know questions with their answers: a row is a pair, and the examination asks for them. */
export function pairTask({ corpus, rows, tokenizer, batch, seed, lossOn }: PairTaskOptions): Task {
  const batches = new PairBatches(rows, { batch, seed, lossOn, pad: tokenizer.special.pad });
  return {
    tokenizer,
    batch,
    time: batches.time,
    packed: false,
    size: { rows: rows.length, pairs: differentPairs(corpus).length },
    fill: (number, { ids, targets }, at) => batches.fill(number + 1, ids, targets, at),
    evaluator: (model, weights) => {
      const examiner = new Examiner({ model, weights, tokenizer, corpus, lossOn });
      return {
        evaluate: () => {
          const examination = examiner.examine();
          return { loss: examination.loss, examination };
        },
        release: () => examiner.release(),
      };
    },
  };
}
