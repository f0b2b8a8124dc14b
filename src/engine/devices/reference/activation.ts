import type { Arguments } from "../../kernels/kernel.ts";
import type { Memory } from "./memory.ts";

/**
 * The error function, to about 1e-16 for small arguments and 1e-15 elsewhere: its Taylor series up to 3, the continued
 * fraction of erfc beyond.
 * @see Abramowitz and Stegun 1964, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  let result: number;
  if (z < 3) {
    let term = z;
    result = z;
    for (let n = 1; Math.abs(term) > 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      result += term;
    }
    result *= (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z);
  } else {
    let fraction = z;
    for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction;
    result = 1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
  }
  return x < 0 ? -result : result;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function geluByErf(x: number): [value: number, slope: number] {
  const cumulative = 0.5 * (1 + erf(x / Math.SQRT2));
  return [x * cumulative, cumulative + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)];
}

function geluByTanh(x: number): [value: number, slope: number] {
  const factor = Math.sqrt(2 / Math.PI);
  const t = Math.tanh(factor * (x + 0.044715 * x ** 3));
  return [0.5 * x * (1 + t), 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 3 * 0.044715 * x * x)];
}

const reluSquared = (x: number): [value: number, slope: number] => [Math.max(x, 0) ** 2, 2 * Math.max(x, 0)];

function softCap(x: number, cap: number): [value: number, slope: number] {
  const t = Math.tanh(x / cap);
  return [cap * t, 1 - t * t];
}

const kinds = [geluByTanh, geluByErf, reluSquared, softCap];

export function activate({ floats }: Memory, args: Arguments<"activate">): void {
  const compute = kinds[args.kind]!;
  for (let i = 0; i < args.count; i++) {
    const [value, slope] = compute(floats[args.x + i]!, args.cap);
    floats[args.out + i] = value;
    if (args.slope >= 0) floats[args.slope + i] = slope;
  }
}

export function swiglu({ floats }: Memory, { x, out, rows, width }: Arguments<"swiglu">): void {
  for (let row = 0; row < rows; row++) {
    const gates = x + row * 2 * width;
    for (let i = 0; i < width; i++) {
      const [gate, up] = [floats[gates + i]!, floats[gates + width + i]!];
      floats[out + row * width + i] = gate * sigmoid(gate) * up;
    }
  }
}

export function swigluGrad({ floats }: Memory, args: Arguments<"swigluGrad">): void {
  const { gradient, x, out, rows, width } = args;
  for (let row = 0; row < rows; row++) {
    const gates = row * 2 * width;
    for (let i = 0; i < width; i++) {
      const g = floats[gradient + row * width + i]!;
      const [gate, up] = [floats[x + gates + i]!, floats[x + gates + width + i]!];
      const s = sigmoid(gate);
      floats[out + gates + i] = g * up * s * (1 + gate * (1 - s));
      floats[out + gates + width + i] = g * gate * s;
    }
  }
}
