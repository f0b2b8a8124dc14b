import { matmul, record, type Tensor } from "../engine/index.ts";

/**
 * A quintic iteration `x (a + b x'x + c (x'x)^2)` drives all singular values of `x` towards 1; these coefficients bring
 * small ones there fast, and leave all between about 0.7 and 1.2.
 */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
const ITERATIONS = 5;

/**
 * About the nearest orthogonal matrix to `x [R, C]`, by Newton-Schulz iterations on the smaller side.
 *
 * @see Jordan et al. 2024 (Muon). https://kellerjordan.github.io/posts/muon/
 */
export function orthogonalize(x: Tensor, iterations: number = ITERATIONS): Tensor {
  const [rows = 1, columns = 1] = x.shape;
  const wide = rows <= columns;
  const { out: norm } = record("norm", { x }, { count: x.size }, { out: [1] });
  let { out } = record("unit", { x, norm }, { count: x.size }, { out: x.shape });
  for (let i = 0; i < iterations; i++) {
    const gram = wide ? matmul(out, out, { transposeB: true }) : matmul(out, out, { transposeA: true });
    const linear = gram.scale(B);
    const polynomial = matmul(gram.scale(C), gram).add(linear);
    const first = out.scale(A);
    out = (wide ? matmul(polynomial, out) : matmul(out, polynomial)).add(first);
  }
  return out;
}
