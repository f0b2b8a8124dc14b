import { expectShape, record, rowsOf, show, type Tensor, widthOf } from "../tensor.ts";

/**
 * Mean cross-entropy in nats over the positions that count: `logits [.., V]`, `targets [..]` with the token wanted at
 * each position, negative where the position does not count (padding, or a question that is not to be learned).
 * `losses [..]` is 0 where the position does not count; `probabilities` is the softmax of the logits.
 *
 * @param options.smoothing So much of each target is spread evenly over the vocabulary, the token itself among it, against
 *   overconfidence; in `loss` and `losses` too. @default 0
 *
 * @see Szegedy et al. 2016, §7. https://arxiv.org/abs/1512.00567
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  { smoothing = 0 }: { readonly smoothing?: number } = {},
): { loss: Tensor; losses: Tensor; probabilities: Tensor } {
  const size = { rows: rowsOf(logits.shape), vocabulary: widthOf(logits.shape), smoothing };
  expectShape(
    smoothing >= 0 && smoothing < 1,
    "crossEntropy",
    `a smoothing of ${smoothing} is not from 0 to below 1`,
  );
  expectShape(
    targets.dtype === "i32" && targets.size === size.rows,
    "crossEntropy",
    `${show(targets)} does not name a token for each row of ${show(logits)}`,
  );
  const shapes = { loss: [1], losses: targets.shape, probabilities: logits.shape };
  return record("crossEntropy", { logits, targets }, size, shapes, ({ loss }, { probabilities }) => ({
    logits:
      loss &&
      record("crossEntropyGrad", { probabilities, targets, gradient: loss }, size, { out: logits.shape }).out,
  }));
}
