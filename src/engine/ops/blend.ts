import { expectShape, record, rowsOf, sameShape, show, type Tensor, widthOf } from "../tensor.ts";

/**
 * `weights[0] x + weights[1] y` in some columns of `x [.., C]`, and `x` in the others: how a residual stream is mixed with
 * its beginning, or a layer's values with those of the first.
 *
 * @param columns From the first to before the second. @default all
 */
export function blend(x: Tensor, y: Tensor, weights: Tensor, columns?: readonly [number, number]): Tensor {
  const width = widthOf(x.shape);
  const [from, to] = columns ?? [0, width];
  expectShape(sameShape(x.shape, y.shape), "blend", `${show(x)} and ${show(y)} differ in shape`);
  expectShape(weights.size === 2, "blend", `${show(weights)} is not [2]`);
  expectShape(0 <= from && from < to && to <= width, "blend", `${show(x)} has no columns ${from} to ${to}`);
  const size = { rows: rowsOf(x.shape), width, from, to };
  return record("blend", { x, y, weights }, size, { out: x.shape }, ({ out }) => {
    if (!out) return {};
    const shapes = { dx: x.shape, dy: y.shape, dweights: [2] };
    const { dx, dy, dweights } = record("blendGrad", { gradient: out, x, y, weights }, size, shapes);
    return { x: dx, y: dy, weights: dweights };
  }).out;
}
