import type { Arguments } from "../../kernels/kernel.ts";
import { dot, type Memory } from "./memory.ts";

export function layerNorm({ floats }: Memory, args: Arguments<"layerNorm">): void {
  const { x, weight, bias, out, mean, rstd, rows, width, epsilon } = args;
  for (let row = 0; row < rows; row++) {
    const from = x + row * width;
    let sum = 0;
    for (let c = 0; c < width; c++) sum += floats[from + c]!;
    const mu = sum / width;
    let squares = 0;
    for (let c = 0; c < width; c++) squares += (floats[from + c]! - mu) ** 2;
    const scale = 1 / Math.sqrt(squares / width + epsilon);
    if (mean >= 0) floats[mean + row] = mu;
    if (rstd >= 0) floats[rstd + row] = scale;
    for (let c = 0; c < width; c++) {
      const shift = bias < 0 ? 0 : floats[bias + c]!;
      floats[out + row * width + c] = (floats[from + c]! - mu) * scale * floats[weight + c]! + shift;
    }
  }
}

/**
 * With `n = (x - mean) rstd` and `h = gradient * weight`, row by row: `dx = rstd (h - mean(h) - n mean(h n))`.
 */
export function layerNormGrad({ floats }: Memory, args: Arguments<"layerNormGrad">): void {
  const { gradient, x, weight, mean, rstd, addend, dx, dweight, dbias, rows, width } = args;
  const [weights, biases] = [new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const normal = (c: number): number => (floats[x + at + c]! - floats[mean + row]!) * floats[rstd + row]!;
    let [sum, product] = [0, 0];
    for (let c = 0; c < width; c++) {
      const g = floats[gradient + at + c]!;
      weights[c]! += g * normal(c);
      biases[c]! += g;
      sum += g * floats[weight + c]!;
      product += g * floats[weight + c]! * normal(c);
    }
    if (dx < 0) continue;
    for (let c = 0; c < width; c++) {
      const h = floats[gradient + at + c]! * floats[weight + c]!;
      const value = floats[rstd + row]! * (h - sum / width - normal(c) * (product / width));
      floats[dx + at + c] = value + (addend < 0 ? 0 : floats[addend + at + c]!);
    }
  }
  if (dweight >= 0) floats.set(weights, dweight);
  if (dbias >= 0) floats.set(biases, dbias);
}

export function rmsNorm(memory: Memory, args: Arguments<"rmsNorm">): void {
  const { x, weight, out, rstd, rows, width, epsilon } = args;
  const { floats } = memory;
  for (let row = 0; row < rows; row++) {
    const from = x + row * width;
    const scale = 1 / Math.sqrt(dot(memory, from, from, width) / width + epsilon);
    if (rstd >= 0) floats[rstd + row] = scale;
    for (let c = 0; c < width; c++)
      floats[out + row * width + c] = floats[from + c]! * scale * floats[weight + c]!;
  }
}

/** With `n = x rstd` and `h = gradient * weight`, row by row: `dx = rstd (h - n mean(h n))`. */
export function rmsNormGrad({ floats }: Memory, args: Arguments<"rmsNormGrad">): void {
  const { gradient, x, weight, rstd, addend, dx, dweight, rows, width } = args;
  const weights = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    const scale = floats[rstd + row]!;
    let product = 0;
    for (let c = 0; c < width; c++) {
      const [g, n] = [floats[gradient + at + c]!, floats[x + at + c]! * scale];
      weights[c]! += g * n;
      product += g * floats[weight + c]! * n;
    }
    if (dx < 0) continue;
    for (let c = 0; c < width; c++) {
      const h = floats[gradient + at + c]! * floats[weight + c]!;
      const value = scale * (h - floats[x + at + c]! * scale * (product / width));
      floats[dx + at + c] = value + (addend < 0 ? 0 : floats[addend + at + c]!);
    }
  }
  if (dweight >= 0) floats.set(weights, dweight);
}

export function headNorm(memory: Memory, args: Arguments<"headNorm">): void {
  const { x, out, rstd, rows, width, heads, headWidth, epsilon } = args;
  const { floats } = memory;
  floats.copyWithin(out, x, x + rows * width);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      const at = out + row * width + head * headWidth;
      const scale = 1 / Math.sqrt(dot(memory, at, at, headWidth) / headWidth + epsilon);
      if (rstd >= 0) floats[rstd + row * heads + head] = scale;
      for (let c = 0; c < headWidth; c++) floats[at + c]! *= scale;
    }
  }
}

/** With `n = x rstd`, head by head: `dx = rstd (gradient - n mean(gradient n))`. */
export function headNormGrad({ floats }: Memory, args: Arguments<"headNormGrad">): void {
  const { gradient, x, rstd, out, rows, width, heads, headWidth } = args;
  for (let row = 0; row < rows; row++) {
    for (let c = heads * headWidth; c < width; c++)
      floats[out + row * width + c] = floats[gradient + row * width + c]!;
    for (let head = 0; head < heads; head++) {
      const at = row * width + head * headWidth;
      const scale = floats[rstd + row * heads + head]!;
      let product = 0;
      for (let c = at; c < at + headWidth; c++) product += floats[gradient + c]! * floats[x + c]! * scale;
      for (let c = at; c < at + headWidth; c++) {
        const n = floats[x + c]! * scale;
        floats[out + c] = scale * (floats[gradient + c]! - n * (product / headWidth));
      }
    }
  }
}
