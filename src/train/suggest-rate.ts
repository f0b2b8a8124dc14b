/** One step of a search for a learning rate. */
export interface RatePoint {
  readonly rate: number;
  /** Nats per token of this step's batch, before its update. */
  readonly loss: number;
  /** Mean of this loss and those before it, the newer the weightier. */
  readonly smoothed: number;
}

/** What a search came to. */
export interface RateSuggestion {
  /**
   * What to train with: the higher of the two. Both are careful: the rate rises so fast that the loss falls most where there
   * is most to learn, and not where a whole training learns best.
   */
  readonly rate: number;
  /** Where the loss fell fastest. */
  readonly steepest: number;
  /** A tenth of the rate where the loss was lowest. */
  readonly tenthOfLowest: number;
}

/** Share of the steps over which a slope is measured, on each side; and of those at the beginning that mean nothing yet. */
const REACH = 0.03;
const SKIPPED = 0.05;
/** The loss must have fallen by this share of itself, or it fell by chance. */
const LEAST_FALL = 0.02;

/**
 * The rates that a search suggests; nothing where the loss did not fall.
 *
 * @see Smith 2015. https://arxiv.org/abs/1506.01186
 */
export function suggestRate(points: readonly RatePoint[]): RateSuggestion | undefined {
  const skipped = Math.max(1, Math.round(SKIPPED * points.length));
  const reach = Math.max(1, Math.round(REACH * points.length));
  let lowest = skipped;
  for (let i = skipped; i < points.length; i++) if (lossAt(points, i) < lossAt(points, lowest)) lowest = i;
  const start = lossAt(points, skipped);
  const best = points[lowest];
  if (!best || lossAt(points, lowest) > start * (1 - LEAST_FALL)) return undefined;
  let [steepest, fastest] = [best, 0];
  for (let i = skipped; i <= lowest; i++) {
    const slope = slopeAround(points, i, reach);
    const point = points[i];
    if (point && slope < fastest) [steepest, fastest] = [point, slope];
  }
  const tenthOfLowest = best.rate / 10;
  return { rate: Math.max(steepest.rate, tenthOfLowest), steepest: steepest.rate, tenthOfLowest };
}

const lossAt = (points: readonly RatePoint[], at: number): number =>
  points[at]?.smoothed ?? Number.POSITIVE_INFINITY;

/** The slope of the line through the points around one, by the logarithm of the rate: least squares. */
function slopeAround(points: readonly RatePoint[], at: number, reach: number): number {
  const around = points.slice(Math.max(0, at - reach), at + reach + 1);
  const mean = (of: (point: RatePoint) => number): number =>
    around.reduce((sum, point) => sum + of(point), 0) / around.length;
  const logOf = ({ rate }: RatePoint): number => Math.log(rate);
  const [x, y] = [mean(logOf), mean(({ smoothed }) => smoothed)];
  const together = mean((point) => (logOf(point) - x) * (point.smoothed - y));
  return together / mean((point) => (logOf(point) - x) ** 2);
}

/** A rate as a person would write it: two digits count. */
export const roundedRate = (rate: number): number => Number(rate.toPrecision(2));
