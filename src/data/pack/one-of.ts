import type { Rng } from "../../base/index.ts";

/** One of a list, which has some. */
export function oneOf<T>(list: readonly T[], rng: Rng): T {
  const one = list[rng.below(list.length)];
  if (one === undefined) throw new RangeError("internal: one of nothing");
  return one;
}
