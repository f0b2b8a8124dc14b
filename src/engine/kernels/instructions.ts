/**
 * What every kernel takes and gives: the one description from which the C structs in `instructions.h`, the
 * encoder of programs and the argument types of the reference kernels all come.
 *
 * An operand is a tensor; its text is its shape. `?` after a name means that it may be absent. In a program an
 * instruction is `[opcode, argument count, ...inputs, ...outputs, ...integers, ...floats]`; a tensor is the offset of
 * its first word in the arena, or -1 where absent.
 *
 * `B` batch, `T` time, `C` width, `H` query heads, `G` key/value heads, `D` head width, `V` vocabulary, `N` rows.
 */
export interface Instruction {
  readonly about: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly integers?: readonly string[];
  readonly floats?: readonly string[];
  /** Output name -> the inputs whose memory it may take over, because the kernel reads each element before writing it. */
  readonly reuse?: Readonly<Record<string, readonly string[]>>;
  /** Words of memory that each thread needs while it runs the kernel: `times * numbers[of] + plus`. @default none */
  readonly scratch?: { readonly times: number; readonly of: string; readonly plus: number };
  /**
   * Neighbouring calls do not touch what another reads or writes: a thread goes on to the next without waiting for the
   * others. @default false
   */
  readonly apart?: boolean;
  /** The output to which the `addend` input is added, where the kernel has one. */
  readonly adds?: string;
}

export const instructions = {
  fetch: {
    about: "Copies this step's slot of a queue: out = queue[step].",
    inputs: { queue: "[steps, count]" },
    outputs: { out: "[count]" },
    integers: ["count"],
  },
  store: {
    about: "Keeps this step's value: queue[step] = x.",
    inputs: { x: "[count]", queue: "[steps, count]" },
    outputs: {},
    integers: ["count"],
  },
  copy: {
    about: "out = x",
    inputs: { x: "[count]" },
    outputs: { out: "[count]" },
    integers: ["count"],
  },
  fill: {
    about: "out = value",
    inputs: {},
    outputs: { out: "[count]" },
    integers: ["count"],
    floats: ["value"],
  },
  expand: {
    about: "Repeats one number: out[i] = x[0].",
    inputs: { x: "[1]" },
    outputs: { out: "[count]" },
    integers: ["count"],
  },
  add: {
    about: "out = x + y",
    inputs: { x: "[count]", y: "[count]" },
    outputs: { out: "[count]" },
    integers: ["count"],
    reuse: { out: ["x", "y"] },
  },
  multiply: {
    about: "out = x * y",
    inputs: { x: "[count]", y: "[count]" },
    outputs: { out: "[count]" },
    integers: ["count"],
    reuse: { out: ["x", "y"] },
  },
  scale: {
    about: "out = factor * x",
    inputs: { x: "[count]" },
    outputs: { out: "[count]" },
    integers: ["count"],
    floats: ["factor"],
    reuse: { out: ["x"] },
  },
  sum: {
    about: "out = the sum of x",
    inputs: { x: "[count]" },
    outputs: { out: "[1]" },
    integers: ["count"],
  },
  sumRows: {
    about: "out[c] = the sum over rows of x[., c]; the gradient of a bias.",
    inputs: { x: "[rows, columns]" },
    outputs: { out: "[columns]" },
    integers: ["rows", "columns"],
  },
  matmul: {
    about:
      "out = A B + bias + addend, where A and B may be read transposed. With `bf16` their numbers are rounded to bfloat16.",
    inputs: {
      a: "[rows, depth], or [depth, rows] with transposeA",
      b: "[depth, columns], or [columns, depth] with transposeB",
      "bias?": "[columns]",
      "addend?": "[rows, columns]",
    },
    outputs: { out: "[rows, columns]" },
    integers: ["rows", "columns", "depth", "transposeA", "transposeB", "bf16"],
    reuse: { out: ["addend"] },
    adds: "out",
  },
  embed: {
    about: "out[b, t] = table[ids[b, t]] + positions[start[b] + t - segments[b, t]]",
    inputs: {
      ids: "[B, T] i32",
      table: "[V, C]",
      "positions?": "[P, C]",
      "start?": "[B] i32, 0 where absent",
      "segments?": "[B, T] i32, 0 where absent",
    },
    outputs: { out: "[B, T, C]" },
    integers: ["batch", "time", "width"],
  },
  embedGrad: {
    about: "out = addend, then out[ids[n]] += gradient[n] for each row n in order.",
    inputs: { ids: "[rows] i32", gradient: "[rows, C]", "addend?": "[V, C]" },
    outputs: { out: "[V, C]" },
    integers: ["rows", "width", "vocabulary"],
    reuse: { out: ["addend"] },
    adds: "out",
  },
  positionsGrad: {
    about: "out[p] = the sum of gradient[b, t] where t - segments[b, t] = p; other rows are 0.",
    inputs: { gradient: "[B, T, C]", "segments?": "[B, T] i32, 0 where absent" },
    outputs: { out: "[P, C]" },
    integers: ["batch", "time", "width", "positions"],
  },
  layerNorm: {
    about: "out = (x - mean) * rstd * weight + bias, row by row.",
    inputs: { x: "[N, C]", weight: "[C]", "bias?": "[C]" },
    outputs: { out: "[N, C]", "mean?": "[N]", "rstd?": "[N]" },
    integers: ["rows", "width"],
    floats: ["epsilon"],
    reuse: { out: ["x"] },
  },
  layerNormGrad: {
    about: "Gradients of layerNorm; the addend is added to dx.",
    inputs: { gradient: "[N, C]", x: "[N, C]", weight: "[C]", mean: "[N]", rstd: "[N]", "addend?": "[N, C]" },
    outputs: { "dx?": "[N, C]", "dweight?": "[C]", "dbias?": "[C]" },
    integers: ["rows", "width"],
    reuse: { dx: ["gradient", "addend"] },
    adds: "dx",
  },
  rmsNorm: {
    about: "out = x * rstd * weight, where rstd = 1 / sqrt(mean(x^2) + epsilon), row by row.",
    inputs: { x: "[N, C]", weight: "[C]" },
    outputs: { out: "[N, C]", "rstd?": "[N]" },
    integers: ["rows", "width"],
    floats: ["epsilon"],
    reuse: { out: ["x"] },
  },
  rmsNormGrad: {
    about: "Gradients of rmsNorm; the addend is added to dx.",
    inputs: { gradient: "[N, C]", x: "[N, C]", weight: "[C]", rstd: "[N]", "addend?": "[N, C]" },
    outputs: { "dx?": "[N, C]", "dweight?": "[C]" },
    integers: ["rows", "width"],
    reuse: { dx: ["gradient", "addend"] },
    adds: "dx",
  },
  activate: {
    about:
      "out = f(x), and its slope d out / d x. Kinds: 0 gelu by tanh, 1 gelu by erf, 2 max(x, 0)^2, 3 cap tanh(x / cap).",
    inputs: { x: "[count]" },
    outputs: { out: "[count]", "slope?": "[count]" },
    integers: ["count", "kind"],
    floats: ["cap"],
    reuse: { out: ["x"], slope: ["x"] },
  },
  swiglu: {
    about: "out = silu(gate) * up, where x holds gate and up side by side.",
    inputs: { x: "[rows, 2 F]" },
    outputs: { out: "[rows, F]" },
    integers: ["rows", "width"],
  },
  swigluGrad: {
    about: "The gradient of swiglu.",
    inputs: { gradient: "[rows, F]", x: "[rows, 2 F]" },
    outputs: { out: "[rows, 2 F]" },
    integers: ["rows", "width"],
    reuse: { out: ["x"] },
  },
  rope: {
    about:
      "Turns the pairs (i, i + D/2) of the first `heads` heads of each row by their position's angle; the rest is copied.",
    inputs: { x: "[B, T, width]", "start?": "[B] i32, 0 where absent" },
    outputs: { out: "[B, T, width]" },
    scratch: { times: 2, of: "headWidth", plus: 0 }, // angles of position 1 in double precision, cosines and sines of another
    integers: ["batch", "time", "width", "heads", "headWidth", "inverse"],
    floats: ["theta"],
    reuse: { out: ["x"] },
  },
  headNorm: {
    about:
      "Scales each of the first `heads` heads of a row by rstd = 1 / sqrt(mean(x^2) + epsilon); the rest is copied.",
    inputs: { x: "[rows, width]" },
    outputs: { out: "[rows, width]", "rstd?": "[rows, heads]" },
    integers: ["rows", "width", "heads", "headWidth"],
    floats: ["epsilon"],
    reuse: { out: ["x"] },
  },
  headNormGrad: {
    about: "The gradient of headNorm.",
    inputs: { gradient: "[rows, width]", x: "[rows, width]", rstd: "[rows, heads]" },
    outputs: { out: "[rows, width]" },
    integers: ["rows", "width", "heads", "headWidth"],
    reuse: { out: ["gradient", "x"] },
  },
  blend: {
    about:
      "out = weights[0] x + weights[1] y in the columns from `from` to before `to`, and x in the others.",
    inputs: { x: "[rows, width]", y: "[rows, width]", weights: "[2]" },
    outputs: { out: "[rows, width]" },
    integers: ["rows", "width", "from", "to"],
    reuse: { out: ["x", "y"] },
  },
  blendGrad: {
    about: "Gradients of blend; the addend is added to dy.",
    inputs: {
      gradient: "[rows, width]",
      x: "[rows, width]",
      y: "[rows, width]",
      weights: "[2]",
      "addend?": "[rows, width]",
    },
    outputs: { "dx?": "[rows, width]", "dy?": "[rows, width]", "dweights?": "[2]" },
    integers: ["rows", "width", "from", "to"],
    reuse: { dx: ["gradient"], dy: ["addend"] },
    adds: "dy",
  },
  bigram: {
    about:
      "out = a number below `buckets` for each token and the one before it: exact where all pairs have room, else hashed. Before the first, also of a segment, stands 0. With a history, tokens are kept there from start[b] on.",
    inputs: {
      ids: "[B, T] i32",
      "start?": "[B] i32",
      "history?": "[B, capacity] i32",
      "segments?": "[B, T] i32",
    },
    outputs: { out: "[B, T] i32" },
    integers: ["batch", "time", "capacity", "vocabulary", "buckets"],
  },
  attention: {
    about:
      "Causal attention within segments: position t reads from segments[b, t]..t. S is `padded`, T rounded up to whole vectors; the other columns are 0. Normalizers: a row's highest raw score, and 1 / the sum of e^(scaled score - the highest).",
    inputs: { qkv: "[B, T, (H + 2 G) D]", "segments?": "[B, T] i32, 0 where absent" },
    outputs: { out: "[B, T, H D]", "weights?": "[B, H, T, S]", "normalizers?": "[B, H, T, 2]" },
    scratch: { times: 32, of: "padded", plus: 0 }, // scores of a block of queries
    integers: ["batch", "time", "heads", "kvHeads", "headWidth", "padded"],
  },
  attentionGrad: {
    about:
      "The gradient of attention, from its weights, or from its normalizers, by which weights are computed again.",
    inputs: {
      gradient: "[B, T, H D]",
      qkv: "[B, T, (H + 2 G) D]",
      "segments?": "[B, T] i32, 0 where absent",
      "weights?": "[B, H, T, S]",
      "normalizers?": "[B, H, T, 2]",
    },
    outputs: { out: "[B, T, (H + 2 G) D]" },
    scratch: { times: 64, of: "padded", plus: 0 }, // gradients and weights of a block of queries
    integers: ["batch", "time", "heads", "kvHeads", "headWidth", "padded"],
  },
  cachedAttention: {
    about:
      "Appends the T new keys and values at start[b], then attends to positions 0..start[b] + t. The cache is changed in place. S is the capacity rounded up to a multiple of 32.",
    inputs: {
      qkv: "[B, T, (H + 2 G) D]",
      keys: "[B, G, D, S]",
      values: "[B, capacity, G D]",
      start: "[B] i32",
    },
    outputs: { out: "[B, T, H D]" },
    scratch: { times: 1, of: "scoreWords", plus: 0 }, // scores of the new positions, or of a group's heads
    integers: ["batch", "time", "heads", "kvHeads", "headWidth", "capacity", "scoreWords"],
  },
  crossEntropy: {
    about:
      "loss = the mean over rows with target >= 0 of -log softmax(logits)[target]; losses is 0 on the other rows. With `smoothing` the target is 1 - smoothing of itself and smoothing / V of every token.",
    inputs: { logits: "[N, V]", targets: "[N] i32" },
    outputs: { loss: "[1]", "losses?": "[N]", "probabilities?": "[N, V]" },
    integers: ["rows", "vocabulary"],
    floats: ["smoothing"],
    reuse: { probabilities: ["logits"] },
  },
  crossEntropyGrad: {
    about:
      "out = (probabilities - the smoothed onehot(target)) * gradient / counted rows; 0 on rows that do not count.",
    inputs: { probabilities: "[N, V]", targets: "[N] i32", gradient: "[1]" },
    outputs: { out: "[N, V]" },
    integers: ["rows", "vocabulary"],
    floats: ["smoothing"],
    reuse: { out: ["probabilities"] },
  },
  dropout: {
    about: "out[i] = x[i] / keep where word(seed, site, step, i) < keep, else 0.",
    inputs: { x: "[count]", step: "[1] i32" },
    outputs: { out: "[count]" },
    integers: ["count", "seed", "site"],
    floats: ["keep"],
    reuse: { out: ["x"] },
  },
  norm: {
    about: "out = sqrt(the sum of x^2), in blocks of 4096 words.",
    inputs: { x: "[count]" },
    outputs: { out: "[1]" },
    integers: ["count"],
  },
  sgd: {
    about: "One step of gradient descent with momentum, in place.",
    inputs: {
      parameter: "[count]",
      gradient: "[count]",
      "velocity?": "[count]",
      rate: "[1]",
      "norm?": "[1], for maxNorm",
    },
    outputs: {},
    integers: ["count"],
    floats: ["momentum", "decay", "rateScale", "maxNorm", "maxValue"],
  },
  muon: {
    about:
      "One step of Muon for columns of a matrix, in place, all by one thread. velocity = momentum velocity + (1 - momentum) gradient; u is the same again with the new velocity (Nesterov); parameter = (1 - rate rateScale decay) parameter - rate rateScale factor U, where U is u with all singular values brought near 1.",
    inputs: {
      parameter: "[rows, columns]",
      gradient: "[rows, columns]",
      velocity: "[rows, columns]",
      rate: "[1]",
      "norm?": "[1], for maxNorm",
    },
    outputs: {},
    scratch: { times: 1, of: "roomWords", plus: 0 }, // rows width + 4 n^2, where n is the smaller of both: u and squares
    apart: true,
    integers: ["rows", "columns", "from", "width", "turn", "roomWords"],
    floats: ["momentum", "factor", "decay", "rateScale", "maxNorm", "maxValue"],
  },
  average: {
    about:
      "A moving average of the parameter, in place: average += (1 - d) (parameter - average), where d = min(decay, step / (step + 10)).",
    inputs: { parameter: "[count]", average: "[count]", step: "[1] i32" },
    outputs: {},
    integers: ["count"],
    floats: ["decay"],
  },
  adam: {
    about: "One step of Adam, or of AdamW where decoupled, in place. Step counts from 1.",
    inputs: {
      parameter: "[count]",
      gradient: "[count]",
      mean: "[count]",
      variance: "[count]",
      rate: "[1]",
      step: "[1] i32",
      "norm?": "[1], for maxNorm",
    },
    outputs: {},
    integers: ["count", "decoupled"],
    floats: ["beta1", "beta2", "epsilon", "decay", "rateScale", "maxNorm", "maxValue"],
  },
} as const;
