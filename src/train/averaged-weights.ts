import type { Region } from "../engine/index.ts";
import { Weights } from "../model/index.ts";

/**
 * The moving average of the weights, which lies behind the optimizer's numbers while a model is trained. It is examined and
 * kept in place of the weights themselves.
 *
 * @see Polyak and Juditsky 1992. https://doi.org/10.1137/0330046
 */
export class AveragedWeights {
  /** As of the last `read`. */
  readonly weights: Weights;
  readonly #optimizer: Region;
  readonly #at: number;

  /** @param copy The place of the average among the optimizer's copies. */
  constructor({ device, layout }: Weights, optimizer: Region, copy: number) {
    this.weights = new Weights(device, layout);
    this.#optimizer = optimizer;
    this.#at = copy * layout.words;
  }

  /** Begins with these weights. */
  write(weights: Weights): void {
    this.#optimizer.write(this.#at, weights.region.read(0, weights.layout.words));
  }

  /** Takes over what the average is now. */
  read(): Weights {
    const { region, layout } = this.weights;
    region.write(0, this.#optimizer.read(this.#at, layout.words));
    return this.weights;
  }

  release(): void {
    this.weights.release();
  }
}
