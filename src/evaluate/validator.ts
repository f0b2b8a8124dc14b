import type { EvaluationBlock } from "../data/index.ts";
import { Decoder, generationConfig, sampleAll } from "../generate/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";
import { renderPrompt, type Tokenizer } from "../text/index.ts";
import { MeanLoss } from "./mean-loss.ts";

/** How well a model predicts text that it has not seen, and what it writes. */
export interface Validation {
  /** Mean cross-entropy in nats per token that counts. */
  readonly loss: number;
  /** `e^loss`: among how many tokens, equally likely, it would be as unsure. */
  readonly perplexity: number;
  /** The loss by UTF-8 byte, in bits: it compares models with different tokenizers. */
  readonly bitsPerByte: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  readonly samples: readonly Sample[];
}

/** What a model goes on with. */
export interface Sample {
  readonly prompt: string;
  readonly text: string;
}

export interface ValidatorOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  /** Tokens of a row. */
  readonly time: number;
  /** The rows to predict, so many at a time. */
  readonly blocks: (rows: number) => Iterable<EvaluationBlock>;
  /** Rows hold several texts. */
  readonly packed: boolean;
  readonly prompts: readonly string[];
  readonly seed: number;
}

/** Tokens that are predicted at once, and rows of them at the most. */
const TOKENS = 4096;
const ROWS = 64;
/** Samples are drawn a little below the model's own daring: that shows what it knows. */
const SAMPLES = { temperature: 0.8, maxNewTokens: 120 } as const;

/** Validates one model again and again as it learns: programs are compiled once. */
export class Validator {
  readonly #options: ValidatorOptions;
  readonly #rows: number;
  readonly #meanLoss: MeanLoss;
  readonly #decoder: Decoder | undefined;

  constructor(options: ValidatorOptions) {
    const { model, weights, time, packed, prompts } = options;
    this.#options = options;
    this.#rows = Math.max(1, Math.min(ROWS, Math.floor(TOKENS / time)));
    this.#meanLoss = new MeanLoss({ model, weights, batch: this.#rows, time, packed });
    this.#decoder = prompts.length > 0 ? new Decoder({ model, weights, rows: prompts.length }) : undefined;
  }

  validate(): Validation {
    let bytes = 0;
    function* counting(blocks: Iterable<EvaluationBlock>): Generator<EvaluationBlock, void> {
      for (const block of blocks) {
        bytes += block.bytes;
        yield block;
      }
    }
    const { total, counted: tokens } = this.#meanLoss.measure(counting(this.#options.blocks(this.#rows)));
    const loss = total / tokens;
    const bitsPerByte = total / Math.LN2 / bytes;
    return { loss, perplexity: Math.exp(loss), bitsPerByte, tokens, samples: this.#samples() };
  }

  #samples(): Sample[] {
    const { prompts, tokenizer, seed } = this.#options;
    if (!this.#decoder) return [];
    const config = generationConfig({ ...SAMPLES, seed });
    const ids = prompts.map((prompt) => renderPrompt(tokenizer, prompt));
    const texts = sampleAll(this.#decoder, ids, tokenizer, config);
    return prompts.map((prompt, index) => ({ prompt, text: texts[index] ?? "" }));
  }

  release(): void {
    this.#meanLoss.release();
    this.#decoder?.release();
  }
}
