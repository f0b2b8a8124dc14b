import {
  anyOf,
  choice,
  EMPTY,
  type Expression,
  NOTHING,
  optional,
  repeat,
  sequence,
  text,
} from "./expression.ts";
import { FRACTION, FRACTION_ABOVE_0, INTEGER_DIGITS } from "./json-text.ts";

const DIGITS = "0123456789";
const LARGEST = 10 ** INTEGER_DIGITS - 1;

/** A bound of a range: whole, and within the range or not. */
export interface Bound {
  readonly value: number;
  readonly inclusive: boolean;
}

/** The whole numbers of a range, without leading zeros. */
export function integersBetween(least: number, most: number): Expression {
  const [low, high] = [Math.max(Math.ceil(least), -LARGEST), Math.min(Math.floor(most), LARGEST)];
  if (low > high) return NOTHING;
  const negative = low < 0 ? sequence(text("-"), naturals(Math.max(1, -high), -low)) : NOTHING;
  return choice(negative, high >= 0 ? naturals(Math.max(0, low), high) : NOTHING);
}

/** The numbers of a range between whole bounds, without exponents. */
export function numbersBetween(least: Bound | undefined, most: Bound | undefined): Expression {
  const low = least ?? { value: -LARGEST, inclusive: true };
  const high = most ?? { value: LARGEST, inclusive: true };
  const zero = { value: 0, inclusive: true };
  const above = high.value < 0 ? NOTHING : magnitudes(low.value < 0 ? zero : low, high);
  const flip = ({ value, inclusive }: Bound): Bound => ({ value: -value, inclusive });
  const below =
    low.value >= 0
      ? NOTHING
      : magnitudes(high.value >= 0 ? { value: 0, inclusive: false } : flip(high), flip(low));
  return choice(above, sequence(text("-"), below));
}

/** Numbers from 0 up. */
function magnitudes(low: Bound, high: Bound): Expression {
  const most = Math.min(high.value, LARGEST);
  if (low.value > most) return NOTHING;
  const zeros = optional(sequence(text("."), repeat(text("0"), 1, 6)));
  if (low.value === most)
    return low.inclusive && high.inclusive ? sequence(naturals(most, most), zeros) : NOTHING;
  return choice(
    sequence(naturals(low.value, low.value), low.inclusive ? optional(FRACTION) : FRACTION_ABOVE_0),
    sequence(naturals(low.value + 1, most - 1), optional(FRACTION)),
    high.inclusive ? sequence(naturals(most, most), zeros) : NOTHING,
  );
}

/** Whole numbers from 0 up. */
function naturals(low: number, high: number): Expression {
  const ways: Expression[] = [];
  for (let length = 1; length <= INTEGER_DIGITS; length++) {
    const from = Math.max(low, length === 1 ? 0 : 10 ** (length - 1));
    const to = Math.min(high, 10 ** length - 1);
    if (from <= to) ways.push(sameLength(String(from), String(to)));
  }
  return choice(...ways);
}

/** The digits between two numbers of the same length. */
function sameLength(low: string, high: string): Expression {
  if (low === "") return EMPTY;
  const [first, last] = [Number(low[0]), Number(high[0])];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (first === last) return sequence(text(DIGITS[first] ?? ""), sameLength(lowRest, highRest));
  const { length } = lowRest;
  const [zeros, nines] = ["0".repeat(length), "9".repeat(length)];
  // Where the lower digits may be anything, first and last digits go with those between.
  const from = lowRest === zeros ? first : first + 1;
  const to = highRest === nines ? last : last - 1;
  const digits = DIGITS.slice(from, to + 1);
  return choice(
    from > first ? sequence(text(DIGITS[first] ?? ""), sameLength(lowRest, nines)) : NOTHING,
    sequence(anyOf(digits), repeat(anyOf(DIGITS), length, length)),
    to < last ? sequence(text(DIGITS[last] ?? ""), sameLength(zeros, highRest)) : NOTHING,
  );
}
