import { expectShape, record, rowsOf, show, type Tensor, widthOf } from "../tensor.ts";

/**
 * Mean cross-entropy in nats over the positions that count: `logits [.., V]`, `targets [..]` with the token wanted at
 * each position, negative where the position does not count (padding, or a question that is not to be learned).
 * `losses [..]` is 0 where the position does not count; `probabilities` is the softmax of the logits.
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
): { loss: Tensor; losses: Tensor; probabilities: Tensor } {
  const size = { rows: rowsOf(logits.shape), vocabulary: widthOf(logits.shape) };
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
