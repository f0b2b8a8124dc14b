export type DateNumbers = readonly [number, number, number];

const yearOf = (year: number): number => (year < 100 ? 2000 + year : year);

/** Where year, month and day stand in a date. */
export type Order = readonly [year: number, month: number, day: number];
const YMD: Order = [0, 1, 2];
const DMY: Order = [2, 1, 0];
const MDY: Order = [2, 0, 1];

/**
 * Finds out in which order a phone wrote its dates, which is the same in the whole file. Only one order may be possible;
 * else it is the one in which the days lie closest to each other, since messages stand in order; else day before month,
 * as most of the world writes.
 */
export class DateOrder {
  /** Of each order that is possible so far: the days that lie between the dates, summed. */
  readonly #possible = new Map<Order, { sum: number; last: number | undefined }>(
    [DMY, MDY, YMD].map((order) => [order, { sum: 0, last: undefined }]),
  );

  /** Takes the next date of the file into account. */
  see(date: DateNumbers): void {
    for (const [order, seen] of this.#possible) {
      const day = dayOf(date, order);
      if (Number.isNaN(day)) {
        if (this.#possible.size > 1) this.#possible.delete(order);
        continue;
      }
      seen.sum += Math.abs(day - (seen.last ?? day));
      seen.last = day;
    }
  }

  get best(): Order {
    const orders = [...this.#possible].sort(([, a], [, b]) => a.sum - b.sum);
    return orders[0]?.[0] ?? DMY;
  }
}

/** Days from 1970; NaN where that order makes no date: with no such month or day, or a year of one or three digits. */
export function dayOf(date: DateNumbers, order: Order): number {
  const [year = 0, month = 0, day = 0] = order.map((index) => date[index]);
  const sensible = month >= 1 && month <= 12 && day >= 1 && day <= 31 && (year < 100 || year > 999);
  return sensible ? Date.UTC(yearOf(year), month - 1, day) / 86_400_000 : Number.NaN;
}
