import type { Arguments } from "../../kernels/kernel.ts";
import { dot, type Memory } from "./memory.ts";

export function matmul(memory: Memory, args: Arguments<"matmul">): void {
  if (args.bf16) matmulOfRounded(memory, args);
  else multiply(memory, memory, args);
}

/** The same with both matrices rounded to bfloat16. */
function matmulOfRounded(memory: Memory, args: Arguments<"matmul">): void {
  const { a, b, rows, columns, depth } = args;
  const [wordsOfA, wordsOfB] = [rows * depth, depth * columns];
  const floats = new Float32Array(wordsOfA + wordsOfB);
  floats.set(memory.floats.subarray(a, a + wordsOfA));
  floats.set(memory.floats.subarray(b, b + wordsOfB), wordsOfA);
  const integers = new Int32Array(floats.buffer);
  for (const [i, word] of integers.entries()) integers[i] = roundedToBf16(word);
  multiply({ floats, integers }, memory, { ...args, a: 0, b: wordsOfA });
}

/** The upper half of the word, rounded to the nearest, of two to the even one. NaN stays NaN. */
function roundedToBf16(word: number): number {
  const isNumber = (word & 0x7fffffff) <= 0x7f800000;
  return isNumber ? (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000 : word;
}

function multiply(from: Memory, to: Memory, args: Arguments<"matmul">): void {
  const { a, b, bias, addend, out, rows, columns, depth, transposeA, transposeB } = args;
  const { floats } = to;
  const [aRow, aStep] = transposeA ? [1, rows] : [depth, 1];
  const [bColumn, bStep] = transposeB ? [depth, 1] : [1, columns];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = dot(from, a + row * aRow, b + column * bColumn, depth, aStep, bStep);
      if (bias >= 0) sum += floats[bias + column]!;
      if (addend >= 0) sum += floats[addend + row * columns + column]!;
      floats[out + row * columns + column] = sum;
    }
  }
}
