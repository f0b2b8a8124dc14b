import { invariant } from "../../base/index.ts";
import { expectShape, record, rowsOf, show, type Tensor, widthOf } from "../tensor.ts";

interface Layout {
  /** Read `a` as its transpose. @default false */
  readonly transposeA?: boolean;
  /** Read `b` as its transpose. @default false */
  readonly transposeB?: boolean;
}

/**
 * Matrix product. `a` is seen as a matrix of all its rows, `[.., K]`, or `[K, M]` with `transposeA`; `b` is `[K, N]`, or
 * `[N, K]` with `transposeB`. Without `transposeA` the result is `[.., N]`, with it `[M, N]`.
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: Layout = {},
): Tensor {
  return product(a, b, undefined, transposeA, transposeB);
}

/** Affine map of the last axis: `x [.., I]`, `weight [I, O]`, `bias [O]` give `[.., O]`. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return product(x, weight, bias, false, false);
}

function product(
  a: Tensor,
  b: Tensor,
  bias: Tensor | undefined,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  const [aRows, aColumns] = [rowsOf(a.shape), widthOf(a.shape)];
  const [bRows, bColumns] = [rowsOf(b.shape), widthOf(b.shape)];
  const [rows, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  const fits = `${show(a)}${transposeA ? " transposed" : ""} times ${show(b)}${transposeB ? " transposed" : ""}`;
  expectShape(depth === inner, "matmul", `${fits}: ${depth} columns meet ${inner} rows`);
  expectShape(
    bias === undefined || bias.size === columns,
    "matmul",
    `${fits}: the bias has ${bias?.size} elements`,
  );
  return record(
    "matmul",
    { a, b, bias },
    { rows, columns, depth, transposeA: Number(transposeA), transposeB: Number(transposeB), bf16: 0 },
    { out: transposeA ? [rows, columns] : [...a.shape.slice(0, -1), columns] },
    ({ out }) => {
      if (!out) return {};
      invariant(!transposeA, "a product with transposeA has no gradient rule");
      return {
        a: matmul(out, b, { transposeB: !transposeB }),
        b: transposeB ? matmul(out, a, { transposeA: true }) : matmul(a, out, { transposeA: true }),
        bias: bias && sumRows(out),
      };
    },
  ).out;
}

/** The sum over all rows, `[.., C]` to `[C]`. It has no gradient rule. */
export function sumRows(x: Tensor): Tensor {
  const [rows, columns] = [rowsOf(x.shape), widthOf(x.shape)];
  return record("sumRows", { x }, { rows, columns }, { out: [columns] }).out;
}
