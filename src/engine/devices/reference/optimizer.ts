import type { Arguments } from "../../kernels/instructions.ts";
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
