/** The arena as the reference kernels see it. A word is either a number or a whole number; each kernel knows which. */
export interface Memory {
  readonly floats: Float32Array | Float64Array;
  readonly integers: Int32Array;
}

/** The dot product of two stretches; `strideA` and `strideB` are the words between neighbouring elements. */
export function dot(
  { floats }: Pick<Memory, "floats">,
  a: number,
  b: number,
  count: number,
  strideA = 1,
  strideB = 1,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += floats[a + i * strideA]! * floats[b + i * strideB]!;
  return sum;
}
