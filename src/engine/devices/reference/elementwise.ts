import { threefry } from "../../../base/index.ts";
import type { Arguments } from "../../kernels/kernel.ts";
import { dot, type Memory } from "./memory.ts";

export function fetch(memory: Memory, { queue, out, count }: Arguments<"fetch">, step: number): void {
  const from = queue + step * count;
  memory.floats.copyWithin(out, from, from + count);
  memory.integers.copyWithin(out, from, from + count);
}

export function store({ floats }: Memory, { x, queue, count }: Arguments<"store">, step: number): void {
  floats.copyWithin(queue + step * count, x, x + count);
}

export function copy({ floats }: Memory, { x, out, count }: Arguments<"copy">): void {
  floats.copyWithin(out, x, x + count);
}

export function fill({ floats }: Memory, { out, count, value }: Arguments<"fill">): void {
  floats.fill(value, out, out + count);
}

export function expand({ floats }: Memory, { x, out, count }: Arguments<"expand">): void {
  floats.fill(floats[x]!, out, out + count);
}

export function add({ floats }: Memory, { x, y, out, count }: Arguments<"add">): void {
  for (let i = 0; i < count; i++) floats[out + i] = floats[x + i]! + floats[y + i]!;
}

export function multiply({ floats }: Memory, { x, y, out, count }: Arguments<"multiply">): void {
  for (let i = 0; i < count; i++) floats[out + i] = floats[x + i]! * floats[y + i]!;
}

export function scale({ floats }: Memory, { x, out, count, factor }: Arguments<"scale">): void {
  for (let i = 0; i < count; i++) floats[out + i] = floats[x + i]! * factor;
}

export function sum({ floats }: Memory, { x, out, count }: Arguments<"sum">): void {
  let total = 0;
  for (let i = 0; i < count; i++) total += floats[x + i]!;
  floats[out] = total;
}

export function sumRows({ floats }: Memory, { x, out, rows, columns }: Arguments<"sumRows">): void {
  for (let column = 0; column < columns; column++) {
    let total = 0;
    for (let row = 0; row < rows; row++) total += floats[x + row * columns + column]!;
    floats[out + column] = total;
  }
}

export function blend({ floats }: Memory, args: Arguments<"blend">): void {
  const { x, y, weights, out, rows, width, from, to } = args;
  const [a, b] = [floats[weights]!, floats[weights + 1]!];
  for (let i = 0; i < rows * width; i++) {
    const inside = i % width >= from && i % width < to;
    floats[out + i] = inside ? a * floats[x + i]! + b * floats[y + i]! : floats[x + i]!;
  }
}

export function blendGrad({ floats }: Memory, args: Arguments<"blendGrad">): void {
  const { gradient, x, y, weights, addend, dx, dy, dweights, rows, width, from, to } = args;
  const [a, b] = [floats[weights]!, floats[weights + 1]!];
  let [forX, forY] = [0, 0];
  for (let i = 0; i < rows * width; i++) {
    const inside = i % width >= from && i % width < to;
    const g = floats[gradient + i]!;
    if (inside) {
      forX += g * floats[x + i]!;
      forY += g * floats[y + i]!;
    }
    if (dy >= 0) floats[dy + i] = (addend < 0 ? 0 : floats[addend + i]!) + (inside ? b * g : 0);
    if (dx >= 0) floats[dx + i] = inside ? a * g : g;
  }
  if (dweights < 0) return;
  floats[dweights] = forX;
  floats[dweights + 1] = forY;
}

export function norm(memory: Memory, { x, out, count }: Arguments<"norm">): void {
  memory.floats[out] = Math.sqrt(dot(memory, x, x, count));
}

export function dropout({ floats, integers }: Memory, args: Arguments<"dropout">): void {
  const { x, step, out, count, seed, site, keep } = args;
  for (let i = 0; i < count; i++) {
    const [, word] = threefry(seed, site, integers[step]!, i);
    floats[out + i] = word < keep * 2 ** 32 ? floats[x + i]! / keep : 0;
  }
}
