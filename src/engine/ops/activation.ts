import { expectShape, record, rowsOf, show, type Tensor, widthOf } from "../tensor.ts";

/**
 * Gaussian error linear unit, exactly by `erf` or by GPT-2's `tanh` approximation.
 *
 * @see Hendrycks and Gimpel 2016. https://arxiv.org/abs/1606.08415
 */
export function gelu(x: Tensor, by: "tanh" | "erf" = "tanh"): Tensor {
  return activate(x, by === "erf" ? 1 : 0);
}

/**
 * `max(x, 0)^2`.
 *
 * @see So et al. 2021. https://arxiv.org/abs/2109.08668
 */
export const reluSquared = (x: Tensor): Tensor => activate(x, 2);

/**
 * `cap tanh(x / cap)`: keeps logits within the cap and leaves small ones as they are.
 *
 * @see Gemma Team 2024, §2. https://arxiv.org/abs/2408.00118
 */
export const softCap = (x: Tensor, cap: number): Tensor => activate(x, 3, cap);

function activate(x: Tensor, kind: number, cap = 1): Tensor {
  return record(
    "activate",
    { x },
    { count: x.size, kind, cap },
    { out: x.shape, slope: x.shape },
    ({ out }, { slope }) => ({ x: out?.multiply(slope) }),
  ).out;
}

/**
 * Gated activation: `x [.., 2 F]` holds gate and up side by side; `silu(gate) * up` is `[.., F]`.
 *
 * @see Shazeer 2020. https://arxiv.org/abs/2002.05202
 */
export function swiglu(x: Tensor): Tensor {
  const both = widthOf(x.shape);
  expectShape(both % 2 === 0, "swiglu", `${show(x)} cannot be halved into gate and up`);
  const size = { rows: rowsOf(x.shape), width: both / 2 };
  return record("swiglu", { x }, size, { out: [...x.shape.slice(0, -1), size.width] }, ({ out }) => ({
    x: out && record("swigluGrad", { gradient: out, x }, size, { out: x.shape }).out,
  })).out;
}
