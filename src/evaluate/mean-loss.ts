import { compile, crossEntropy, type Executable, Input } from "../engine/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";

/** Rows to predict, `[batch, time]`. */
export interface LossBlock {
  readonly ids: Int32Array;
  /** Negative where a position does not count. */
  readonly targets: Int32Array;
  /** Where rows hold several texts. */
  readonly segments?: Int32Array;
  /** Targets that count. */
  readonly counted: number;
}

export interface MeanLossOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  readonly batch: number;
  readonly time: number;
  /** Rows hold several texts that do not see each other. @default false */
  readonly packed?: boolean;
}

/** Cross-entropies in nats. The program is compiled once. */
export class MeanLoss {
  readonly #program: Executable;
  readonly #packed: boolean;

  constructor({ model, weights, batch, time, packed = false }: MeanLossOptions) {
    this.#packed = packed;
    const shape = [batch, time];
    const whole = { dtype: "i32", below: model.config.vocabulary } as const;
    const ids = new Input("ids", shape, whole);
    const targets = new Input("targets", shape, { ...whole, mayBeNegative: true });
    const segments = packed ? new Input("segments", shape, { dtype: "i32", segments: true }) : undefined;
    const { loss } = crossEntropy(model.forward(ids, { segments }), targets);
    const program = compile({ layout: weights.layout, outputs: { loss } });
    this.#program = weights.device.load(program, { parameters: weights.region });
  }

  /** The sum over all targets that count, and how many these are. */
  measure(blocks: Iterable<LossBlock>): { total: number; counted: number } {
    let [total, counted] = [0, 0];
    for (const block of blocks) {
      this.#program.write("ids", block.ids);
      this.#program.write("targets", block.targets);
      if (this.#packed) this.#program.write("segments", block.segments ?? []);
      this.#program.run();
      total += (this.#program.read("loss")[0] ?? Number.NaN) * block.counted;
      counted += block.counted;
    }
    return { total, counted };
  }

  release(): void {
    this.#program.release();
  }
}
