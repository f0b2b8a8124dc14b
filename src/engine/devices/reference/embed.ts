import type { Arguments } from "../../kernels/kernel.ts";
import type { Memory } from "./memory.ts";

export function embed({ floats, integers }: Memory, args: Arguments<"embed">): void {
  const { ids, table, positions, start, segments, out, batch, time, width } = args;
  for (let b = 0; b < batch; b++) {
    const first = start < 0 ? 0 : integers[start + b]!;
    for (let t = 0; t < time; t++) {
      const row = b * time + t;
      const place = first + t - (segments < 0 ? 0 : integers[segments + row]!);
      for (let c = 0; c < width; c++) {
        const position = positions < 0 ? 0 : floats[positions + place * width + c]!;
        floats[out + row * width + c] = floats[table + integers[ids + row]! * width + c]! + position;
      }
    }
  }
}

export function embedGrad({ floats, integers }: Memory, args: Arguments<"embedGrad">): void {
  const { ids, gradient, addend, out, rows, width, vocabulary } = args;
  for (let i = 0; i < vocabulary * width; i++) floats[out + i] = addend < 0 ? 0 : floats[addend + i]!;
  for (let row = 0; row < rows; row++) {
    const to = out + integers[ids + row]! * width;
    for (let c = 0; c < width; c++) floats[to + c]! += floats[gradient + row * width + c]!;
  }
}

export function positionsGrad({ floats, integers }: Memory, args: Arguments<"positionsGrad">): void {
  const { gradient, segments, out, batch, time, width, positions } = args;
  const sums = new Float64Array(positions * width);
  for (let row = 0; row < batch * time; row++) {
    const place = (row % time) - (segments < 0 ? 0 : integers[segments + row]!);
    for (let c = 0; c < width; c++) sums[place * width + c]! += floats[gradient + row * width + c]!;
  }
  floats.set(sums, out);
}

export function bigram({ integers }: Memory, args: Arguments<"bigram">): void {
  const { ids, start, history, segments, out, batch, time, capacity, vocabulary, buckets } = args;
  for (let b = 0; b < batch; b++) {
    const first = start < 0 ? 0 : integers[start + b]!;
    const kept = history + b * capacity + first;
    let before = history >= 0 && first > 0 ? integers[kept - 1]! : 0;
    for (let t = 0; t < time; t++) {
      const token = integers[ids + b * time + t]!;
      if (segments >= 0 && integers[segments + b * time + t] === t) before = 0;
      const exact = vocabulary * vocabulary <= buckets;
      integers[out + b * time + t] = exact ? before * vocabulary + token : hashed(before, token) % buckets;
      if (history >= 0) integers[kept + t] = token;
      before = token;
    }
  }
}

/** Odd multipliers spread the pairs that share buckets. */
function hashed(before: number, token: number): number {
  const mixed = Math.imul(before, 0x9e3779b1) ^ Math.imul(token, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d) >>> 0;
}
