import type { Arguments } from "../../kernels/instructions.ts";
import { dot, type Memory } from "./memory.ts";

export function matmul(memory: Memory, args: Arguments<"matmul">): void {
  const { a, b, bias, addend, out, rows, columns, depth, transposeA, transposeB } = args;
  const { floats } = memory;
  const [aRow, aStep] = transposeA ? [1, rows] : [depth, 1];
  const [bColumn, bStep] = transposeB ? [depth, 1] : [1, columns];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = dot(memory, a + row * aRow, b + column * bColumn, depth, aStep, bStep);
      if (bias >= 0) sum += floats[bias + column]!;
      if (addend >= 0) sum += floats[addend + row * columns + column]!;
      floats[out + row * columns + column] = sum;
    }
  }
}
