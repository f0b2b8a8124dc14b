/** Parts that 2 is divided into; 64 of them need a polynomial of degree 4 for 12 digits. */
const PARTS = 64;
const PER_PART = PARTS * Math.LOG2E;
const PART = Math.LN2 / PARTS;
/** 2^(part / PARTS), and 2^-n for results down to 2^-63. */
const FRACTIONS: Float64Array = Float64Array.from({ length: PARTS }, (_, part) => 2 ** (part / PARTS));
const HALVINGS: Float64Array = Float64Array.from({ length: 64 }, (_, n) => 2 ** -n);

/**
 * e^x for -43 <= x <= 0, within 2e-12 of itself. A draw needs thousands: 2.3 ns each, where `Math.exp` takes 6.7 ns.
 *
 * @see Tang 1989, table-driven implementation of the exponential function. https://doi.org/10.1145/63522.214389
 */
export function exponential(x: number): number {
  const parts = Math.floor(x * PER_PART);
  const rest = x - parts * PART;
  const polynomial = 1 + rest * (1 + rest * (0.5 + rest * (1 / 6 + rest / 24)));
  return (FRACTIONS[parts & (PARTS - 1)] ?? 0) * (HALVINGS[-(parts >> 6)] ?? 0) * polynomial;
}
