import type { Arguments } from "../../kernels/instructions.ts";
import type { Memory } from "./memory.ts";

export function embed({ floats, integers }: Memory, args: Arguments<"embed">): void {
  const { ids, table, positions, start, out, batch, time, width } = args;
  for (let b = 0; b < batch; b++) {
    const first = start < 0 ? 0 : integers[start + b]!;
    for (let t = 0; t < time; t++) {
      const row = b * time + t;
      for (let c = 0; c < width; c++) {
        const position = positions < 0 ? 0 : floats[positions + (first + t) * width + c]!;
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

export function positionsGrad({ floats }: Memory, args: Arguments<"positionsGrad">): void {
  const { gradient, out, batch, time, width, positions } = args;
  for (let t = 0; t < positions; t++) {
    for (let c = 0; c < width; c++) {
      let sum = 0;
      if (t < time) for (let b = 0; b < batch; b++) sum += floats[gradient + (b * time + t) * width + c]!;
      floats[out + t * width + c] = sum;
    }
  }
}
