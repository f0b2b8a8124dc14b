import type { Arguments } from "../../kernels/kernel.ts";
import { dot, type Memory } from "./memory.ts";

/** Moments smaller than this count as 0: arithmetic on denormal numbers is slow, and they change nothing. */
const NEGLIGIBLE = 1e-30;
const flush = (x: number): number => (Math.abs(x) < NEGLIGIBLE ? 0 : x);

interface Clipping {
  /** -1 where gradients are not clipped by their global norm. */
  readonly norm: number;
  readonly maxNorm: number;
  /** 0 where gradients are not clipped element by element. */
  readonly maxValue: number;
}

function clipper({ floats }: Memory, { norm, maxNorm, maxValue }: Clipping): (gradient: number) => number {
  const factor = norm < 0 ? 1 : Math.min(1, maxNorm / (floats[norm]! + 1e-6));
  const limit = maxValue > 0 ? maxValue : Number.POSITIVE_INFINITY;
  return (gradient) => Math.max(-limit, Math.min(limit, gradient * factor));
}

export function sgd(memory: Memory, args: Arguments<"sgd">): void {
  const { parameter, gradient, velocity, rate, count, momentum, decay, rateScale } = args;
  const { floats } = memory;
  const clip = clipper(memory, args);
  for (let i = 0; i < count; i++) {
    let update = clip(floats[gradient + i]!) + decay * floats[parameter + i]!;
    if (velocity >= 0) {
      update = flush(momentum * floats[velocity + i]! + update);
      floats[velocity + i] = update;
    }
    floats[parameter + i]! -= floats[rate]! * rateScale * update;
  }
}

export function adam(memory: Memory, args: Arguments<"adam">): void {
  const { parameter, gradient, mean, variance, count, decoupled, beta1, beta2, epsilon, decay } = args;
  const { floats, integers } = memory;
  const clip = clipper(memory, args);
  const rate = floats[args.rate]! * args.rateScale;
  const step = integers[args.step]!;
  const [correction1, correction2] = [1 - beta1 ** step, Math.sqrt(1 - beta2 ** step)];
  for (let i = 0; i < count; i++) {
    const before = floats[parameter + i]!;
    const g = clip(floats[gradient + i]!) + (decoupled ? 0 : decay * before);
    const m = flush(beta1 * floats[mean + i]! + (1 - beta1) * g);
    const v = flush(beta2 * floats[variance + i]! + (1 - beta2) * g * g);
    floats[mean + i] = m;
    floats[variance + i] = v;
    const kept = decoupled ? before * (1 - rate * decay) : before;
    floats[parameter + i] = kept - ((rate / correction1) * m) / (Math.sqrt(v) / correction2 + epsilon);
  }
}

/** Of x (a + b x'x + c (x'x)^2), four times; as in kernels/optimizer.c. */
const POLYNOMIALS = [
  [8.3837, -24.7659, 18.3571],
  [4.0434, -3.0114, 0.5695],
  [3.5056, -2.6267, 0.5257],
  [2.4901, -1.8343, 0.4368],
] as const;

export function muon(memory: Memory, args: Arguments<"muon">): void {
  const { parameter, gradient, velocity, rows, columns, from, width, momentum: kept, factor, decay } = args;
  const { floats } = memory;
  const clip = clipper(memory, args);
  const rate = floats[args.rate]! * args.rateScale;
  const place = (i: number): number => Math.floor(i / width) * columns + from + (i % width);
  const momentum = Float64Array.from({ length: rows * width }, (_, i) => {
    const g = clip(floats[gradient + place(i)]!);
    const v = flush(kept * floats[velocity + place(i)]! + (1 - kept) * g);
    floats[velocity + place(i)] = v;
    return kept * v + (1 - kept) * g;
  });
  for (const [i, update] of orthogonalize(momentum, rows, width).entries()) {
    const at = parameter + place(i);
    floats[at] = (1 - rate * decay) * floats[at]! - rate * factor * update;
  }
}

/** Brings all singular values of `x [rows, width]` near 1. */
function orthogonalize(x: Float64Array, rows: number, width: number): Float64Array {
  const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)) + 1e-7;
  let out = x.map((value) => value / norm);
  for (const [a, b, c] of POLYNOMIALS) {
    const cubed = timesOwnSquare(out, out, rows, width);
    const fifth = timesOwnSquare(out, cubed, rows, width);
    out = out.map((value, i) => a * value + b * cubed[i]! + c * fifth[i]!);
  }
  return out;
}

/** x x' y, where x and y are `[rows, width]`. */
function timesOwnSquare(x: Float64Array, y: Float64Array, rows: number, width: number): Float64Array {
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let other = 0; other < rows; other++) {
      const square = dot({ floats: x }, row * width, other * width, width);
      for (let c = 0; c < width; c++) out[row * width + c]! += square * y[other * width + c]!;
    }
  }
  return out;
}

export function average({ floats, integers }: Memory, args: Arguments<"average">): void {
  const { parameter, average: to, count } = args;
  const step = integers[args.step]!;
  const taken = 1 - Math.min(args.decay, step / (step + 10));
  for (let i = 0; i < count; i++) floats[to + i]! += taken * (floats[parameter + i]! - floats[to + i]!);
}
