import type { Arguments } from "../../kernels/kernel.ts";
import type { Memory } from "./memory.ts";

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

export function momentum(memory: Memory, args: Arguments<"momentum">): void {
  const { gradient, velocity, out, rows, columns, from, width, momentum: kept } = args;
  const { floats } = memory;
  const clip = clipper(memory, args);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const at = row * columns + from + c;
      const g = clip(floats[gradient + at]!);
      const v = flush(kept * floats[velocity + at]! + (1 - kept) * g);
      floats[velocity + at] = v;
      floats[out + row * width + c] = kept * v + (1 - kept) * g;
    }
  }
}

export function unit({ floats }: Memory, { x, norm, out, count }: Arguments<"unit">): void {
  const divisor = floats[norm]! + 1e-7;
  for (let i = 0; i < count; i++) floats[out + i] = floats[x + i]! / divisor;
}

export function descend({ floats }: Memory, args: Arguments<"descend">): void {
  const { parameter, update, rows, columns, from, width, factor, decay } = args;
  const rate = floats[args.rate]! * args.rateScale;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const at = parameter + row * columns + from + c;
      floats[at] = (1 - rate * decay) * floats[at]! - rate * factor * floats[update + row * width + c]!;
    }
  }
}

export function average({ floats, integers }: Memory, args: Arguments<"average">): void {
  const { parameter, average: to, count } = args;
  const step = integers[args.step]!;
  const taken = 1 - Math.min(args.decay, step / (step + 10));
  for (let i = 0; i < count; i++) floats[to + i]! += taken * (floats[parameter + i]! - floats[to + i]!);
}
