import { expectShape, record, type Tensor } from "../tensor.ts";

export interface DropoutKey {
  readonly seed: number;
  /** Tells apart the places of a model that drop. */
  readonly site: number;
  /** `[1]`, the number of the training step. */
  readonly step: Tensor;
}

/**
 * Sets each element to 0 with the given probability and scales the others up, so that the mean stays. What is dropped
 * is a function of seed, site, step and place alone, so backward draws the same mask again and nothing is stored.
 *
 * @see Srivastava et al. 2014. https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, probability: number, key: DropoutKey): Tensor {
  expectShape(probability >= 0 && probability < 1, "dropout", `${probability} is not a probability below 1`);
  if (Math.fround(1 - probability) === 1) return x;
  const { seed, site, step } = key;
  const drop = (tensor: Tensor): Tensor =>
    record(
      "dropout",
      { x: tensor, step },
      { count: x.size, seed: seed | 0, site, keep: 1 - probability },
      { out: x.shape },
      ({ out }) => ({ x: out && drop(out) }),
    ).out;
  return drop(x);
}
