import { expectShape, record, rowsOf, show, type Tensor, widthOf } from "../tensor.ts";

/**
 * Brings each row to mean 0 and variance 1, then scales and shifts it: `x [.., C]`, `weight [C]`, `bias [C]`.
 *
 * @see Ba, Kiros and Hinton 2016. https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: Tensor, weight: Tensor, bias?: Tensor, epsilon = 1e-5): Tensor {
  const size = normSize("layerNorm", x, [weight, ...(bias ? [bias] : [])]);
  const stats = [size.rows];
  return record(
    "layerNorm",
    { x, weight, bias },
    { ...size, epsilon },
    { out: x.shape, mean: stats, rstd: stats },
    ({ out }, { mean, rstd }) => {
      if (!out) return {};
      const operands = { gradient: out, x, weight, mean, rstd };
      const shapes = { dx: x.shape, dweight: weight.shape, dbias: weight.shape };
      const { dx, dweight, dbias } = record("layerNormGrad", operands, size, shapes);
      return { x: dx, weight: dweight, bias: bias && dbias };
    },
  ).out;
}

/**
 * Scales each row to a root mean square of 1, then by `weight`: `x [.., C]`, `weight [C]`.
 *
 * @see Zhang and Sennrich 2019. https://arxiv.org/abs/1910.07467
 */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon = 1e-5): Tensor {
  const size = normSize("rmsNorm", x, [weight]);
  return record(
    "rmsNorm",
    { x, weight },
    { ...size, epsilon },
    { out: x.shape, rstd: [size.rows] },
    ({ out }, { rstd }) => {
      if (!out) return {};
      const operands = { gradient: out, x, weight, rstd };
      const { dx, dweight } = record("rmsNormGrad", operands, size, { dx: x.shape, dweight: weight.shape });
      return { x: dx, weight: dweight };
    },
  ).out;
}

/**
 * Brings each of the first `heads` heads of a row to a root mean square of 1: queries and keys of `x [.., width]`; the
 * rest of the row, the values, stays.
 *
 * @see Henry et al. 2020 (query-key normalization). https://arxiv.org/abs/2010.04245
 */
export function headNorm(x: Tensor, heads: number, headWidth: number, epsilon = 1e-5): Tensor {
  const [rows, width] = [rowsOf(x.shape), widthOf(x.shape)];
  const size = { rows, width, heads, headWidth };
  expectShape(heads * headWidth <= width, "headNorm", `${show(x)} has no ${heads} heads of ${headWidth}`);
  const shapes = { out: x.shape, rstd: [rows, heads] };
  return record("headNorm", { x }, { ...size, epsilon }, shapes, ({ out }, { rstd }) => ({
    x: out && record("headNormGrad", { gradient: out, x, rstd }, size, { out: x.shape }).out,
  })).out;
}

function normSize(op: string, x: Tensor, vectors: readonly Tensor[]): { rows: number; width: number } {
  const width = widthOf(x.shape);
  for (const vector of vectors) {
    expectShape(vector.size === width, op, `${show(vector)} does not fit the rows of ${show(x)}`);
  }
  return { rows: rowsOf(x.shape), width };
}
