import { present } from "../../base/index.ts";
import { compile, type Executable, Input, type Tensor } from "../../engine/index.ts";
import type { LanguageModel, Weights } from "../../model/index.ts";

/** Texts are filled up to a multiple of so many tokens: a program for each of few lengths. */
const STEP = 32;

/**
 * Texts as vectors: the mean over a text's tokens of what the model makes of each before it chooses the next, scaled to
 * length 1.
 *
 * @see Reimers and Gurevych 2019, mean pooling. https://arxiv.org/abs/1908.10084
 */
export class Embedder {
  readonly #model: LanguageModel;
  readonly #weights: Weights;
  readonly #programs = new Map<number, Executable>();

  constructor(model: LanguageModel, weights: Weights) {
    this.#model = model;
    this.#weights = weights;
  }

  /** @param ids `<bos>` and a text's tokens, no more than the context window; without tokens, `<bos>` stands for the text. */
  embed(ids: readonly number[]): Float32Array {
    const { contextWindow, width } = this.#model.config;
    const time = Math.min(contextWindow, Math.ceil(ids.length / STEP) * STEP);
    const program = this.#program(time);
    program.write(
      "ids",
      Int32Array.from({ length: time }, (_, t) => ids[t] ?? 0),
    );
    program.run();
    const hidden = program.read("hidden");
    const sum = new Float64Array(width);
    for (let t = Math.min(1, ids.length - 1); t < ids.length; t++)
      for (let c = 0; c < width; c++) sum[c] = (sum[c] ?? 0) + (hidden[t * width + c] ?? 0);
    const length = Math.hypot(...sum);
    return Float32Array.from(sum, (value) => value / (length || 1));
  }

  release(): void {
    for (const program of this.#programs.values()) program.release();
    this.#programs.clear();
  }

  #program(time: number): Executable {
    const known = this.#programs.get(time);
    if (known) return known;
    const ids = new Input("ids", [1, time], { dtype: "i32", below: this.#model.config.vocabulary });
    let hidden: Tensor | undefined;
    this.#model.forward(ids, {
      observe: (name, tensor) => {
        if (name === "hidden") hidden = tensor;
      },
    });
    const outputs = { hidden: present(hidden, "the hidden states") };
    const { device, layout, region: parameters } = this.#weights;
    const program = device.load(compile({ layout, outputs }), { parameters });
    this.#programs.set(time, program);
    return program;
  }
}
