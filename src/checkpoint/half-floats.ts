/** 16-bit floating point numbers as their bits. Rounding is to nearest, ties to even; what is too large becomes infinite. */

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

function bitsOf(value: number): number {
  float[0] = value;
  return word[0] ?? 0;
}

function fromBits(bits: number): number {
  word[0] = bits;
  return float[0] ?? 0;
}

/** A 32-bit pattern shifted right, rounded to nearest, ties to even. */
function shifted(bits: number, by: number): number {
  const half = 2 ** (by - 1);
  const [whole, rest] = [bits >>> by, bits & (2 ** by - 1)];
  return rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole;
}

/** IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction. */
export function toF16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // A carry out of the fraction goes into the exponent, and from the largest number to infinity: both are right.
  if (size >= 0x38800000) return sign | Math.min(0x7c00, shifted(size - 0x38000000, 13));
  const exponent = size >>> 23;
  if (exponent < 102) return sign; // less than half of the least number, 2^-24
  return sign | shifted((size & 0x7fffff) | 0x800000, 126 - exponent);
}

export function fromF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >>> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The least binary16 number that is no less than a positive one. */
export function f16AtLeast(value: number): number {
  const nearest = fromF16(toF16(value));
  return nearest < value ? fromF16(toF16(value) + 1) : nearest;
}

/** bfloat16: the upper half of a binary32. */
export function toBf16(value: number): number {
  const bits = bitsOf(value);
  return (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : shifted(bits, 16);
}

export const fromBf16 = (bits: number): number => fromBits((bits << 16) >>> 0);
