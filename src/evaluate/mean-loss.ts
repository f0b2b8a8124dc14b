import { type LossOn, type Pair, PairBatches } from "../data/index.ts";
import { compile, crossEntropy, type Executable, Input } from "../engine/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";
import { renderPair, type Tokenizer } from "../text/index.ts";

interface MeanLossOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  /** @default "all" */
  readonly lossOn?: LossOn;
}

/** Pairs that are measured at once. */
const ROWS = 64;

/** The mean cross-entropy over a fixed set of pairs, in nats per token that counts. */
export class MeanLoss {
  readonly #program: Executable;
  readonly #blocks: readonly { ids: Int32Array; targets: Int32Array; counted: number }[];

  constructor({ model, weights, tokenizer, lossOn = "all" }: MeanLossOptions, pairs: readonly Pair[]) {
    const rows = pairs.map(({ question, answer }) => renderPair(tokenizer, question, answer));
    const batch = Math.min(ROWS, rows.length);
    const batches = new PairBatches(rows, { batch, seed: 0, lossOn, pad: tokenizer.special.pad });
    const shape = [batch, batches.time];
    const whole = { dtype: "i32", below: tokenizer.size } as const;
    const ids = new Input("ids", shape, whole);
    const targets = new Input("targets", shape, { ...whole, mayBeNegative: true });
    const { loss } = crossEntropy(model.forward(ids), targets);
    const program = compile({ layout: weights.layout, outputs: { loss } });
    this.#program = weights.device.load(program, { parameters: weights.region });
    this.#blocks = batches.blocks();
  }

  measure(): number {
    let [total, counted] = [0, 0];
    for (const block of this.#blocks) {
      this.#program.write("ids", block.ids);
      this.#program.write("targets", block.targets);
      this.#program.run();
      total += (this.#program.read("loss")[0] ?? Number.NaN) * block.counted;
      counted += block.counted;
    }
    return total / counted;
  }

  release(): void {
    this.#program.release();
  }
}
