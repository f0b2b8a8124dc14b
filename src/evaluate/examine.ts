import { largest, present } from "../base/index.ts";
import { type Corpus, differentPairs, type LossOn, type Pair, PairBatches } from "../data/index.ts";
import { Decoder, replyToAll } from "../generate/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";
import { renderPair, renderPrompt, type Tokenizer } from "../text/index.ts";
import { grade, type Verdict } from "./grade.ts";
import { type LossBlock, MeanLoss } from "./mean-loss.ts";

/** One question, what was wanted and what the model said by itself. */
export interface GradedAnswer {
  readonly question: string;
  readonly target: string;
  readonly answer: string;
  readonly verdict: Verdict;
}

/** What a model can say at one moment, by free greedy generation. */
export interface Examination {
  /** The exam's questions, which are in the training data. */
  readonly exam: readonly GradedAnswer[];
  /** Every different pair of the training data; of more than 200, about 200 from all over it. */
  readonly all: readonly GradedAnswer[];
  /** Questions that are not in the training data. */
  readonly unseen: readonly GradedAnswer[];
  /** Mean cross-entropy in nats per token over the pairs of `all`, on the tokens that training counts. */
  readonly loss: number;
}

export const countPerfect = (answers: readonly GradedAnswer[]): number =>
  answers.filter(({ verdict }) => verdict === "perfect").length;

export interface ExaminerOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  readonly corpus: Corpus;
  /** The tokens that the loss is taken over. @default "all" */
  readonly lossOn?: LossOn;
}

/** Questions that are answered side by side. */
const ROWS = 64;
/** The most pairs of the training data that are asked. */
const MOST_ASKED = 200;

/** Examines one model again and again as it learns: programs are compiled once. */
export class Examiner {
  readonly #corpus: Corpus;
  readonly #tokenizer: Tokenizer;
  readonly #questions: readonly Pair[];
  readonly #decoder: Decoder;
  readonly #maxNewTokens: number;
  readonly #meanLoss: MeanLoss;
  /** All pairs that are asked, for the loss. */
  readonly #blocks: readonly LossBlock[];

  constructor(options: ExaminerOptions) {
    const { model, weights, tokenizer, corpus } = options;
    const pairs = choosePairs(corpus);
    this.#corpus = corpus;
    this.#tokenizer = tokenizer;
    this.#questions = [...pairs, ...corpus.unseen];
    this.#decoder = new Decoder({ model, weights, rows: Math.min(ROWS, this.#questions.length) });
    const longest = largest(pairs.map(({ answer }) => tokenizer.encode(answer).length));
    this.#maxNewTokens = Math.ceil(1.5 * longest) + 1;
    const rows = pairs.map(({ question, answer }) => renderPair(tokenizer, question, answer));
    const batch = Math.min(ROWS, rows.length);
    const { lossOn = "all" } = options;
    const batches = new PairBatches(rows, { batch, seed: 0, lossOn, pad: tokenizer.special.pad });
    this.#blocks = batches.blocks();
    this.#meanLoss = new MeanLoss({ model, weights, batch, time: batches.time });
  }

  examine(): Examination {
    const graded = this.#replies().map((answer, index): GradedAnswer => {
      const { question, answer: target } = present(this.#questions[index], "a question");
      return { question, target, answer, verdict: grade(answer, target) };
    });
    const seen = graded.slice(0, graded.length - this.#corpus.unseen.length);
    const byQuestion = new Map(seen.map((answer) => [answer.question, answer]));
    const { total, counted } = this.#meanLoss.measure(this.#blocks);
    return {
      exam: this.#corpus.exam.map(({ question }) =>
        present(byQuestion.get(question), `the answer to ${question}`),
      ),
      all: seen,
      unseen: graded.slice(seen.length),
      loss: total / counted,
    };
  }

  release(): void {
    this.#decoder.release();
    this.#meanLoss.release();
  }

  #replies(): string[] {
    const prompts = this.#questions.map(({ question }) => renderPrompt(this.#tokenizer, question));
    const options = { tokenizer: this.#tokenizer, maxNewTokens: this.#maxNewTokens };
    const { rows } = this.#decoder;
    const replies: string[] = [];
    for (let from = 0; from < prompts.length; from += rows) {
      const some = prompts.slice(from, from + rows);
      const filled = Array.from({ length: rows }, (_, row) => some[row] ?? present(some[0], "a prompt"));
      replies.push(...replyToAll(this.#decoder, filled, options).slice(0, some.length));
    }
    return replies;
  }
}

/** All pairs where they are few; else the exam's and others at even distances. */
function choosePairs(corpus: Corpus): Pair[] {
  const pairs = differentPairs(corpus);
  if (pairs.length <= MOST_ASKED) return pairs;
  const inExam = new Set(corpus.exam.map(({ question }) => question));
  const share = MOST_ASKED / pairs.length;
  return pairs.filter(
    ({ question }, index) =>
      Math.floor((index + 1) * share) > Math.floor(index * share) || inExam.has(question),
  );
}
