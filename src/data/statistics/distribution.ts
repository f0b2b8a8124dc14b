/** Up to here each whole number has a bin of its own; beyond, each doubling has so many bins. */
const FINE = 64;
const BINS = FINE + (53 - 6) * FINE;
/** Columns of a distribution's shape. */
const COLUMNS = 24;

/** How numbers are distributed. All but the smallest, the largest and the mean are right to 1%. */
export interface Distribution {
  readonly count: number;
  readonly least: number;
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  readonly mean: number;
  /** How many lie in each of 24 stretches from the least to the most, each longer than the one before by one factor. */
  readonly shape: readonly number[];
}

/** Counts whole numbers from 0 to 2^53 in a fixed number of bins, so that any amount of them takes 25 KB. */
export class DistributionCounter {
  readonly #bins = new Float64Array(BINS);
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  add(value: number): void {
    const bin = binOf(value);
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#count++;
    this.#sum += value;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  /** Nothing of no numbers. */
  report(): Distribution | undefined {
    if (this.#count === 0) return undefined;
    const [count, least, most] = [this.#count, this.#least, this.#most];
    const at = (share: number): number => this.#quantile(share);
    const mean = this.#sum / count;
    return { count, least, p5: at(0.05), median: at(0.5), p95: at(0.95), most, mean, shape: this.#shape() };
  }

  #quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let [passed, bin] = [this.#bins[0] ?? 0, 0];
    while (passed < rank) passed += this.#bins[++bin] ?? 0;
    return Math.min(this.#most, Math.max(this.#least, middleOf(bin)));
  }

  #shape(): number[] {
    const shape = new Array<number>(COLUMNS).fill(0);
    // One more than the value, since zero has no logarithm.
    const low = Math.log(this.#least + 1);
    const width = (Math.log(this.#most + 1) - low) / COLUMNS || 1;
    for (let bin = binOf(this.#least); bin <= binOf(this.#most); bin++) {
      const column = Math.floor((Math.log(middleOf(bin) + 1) - low) / width);
      const inside = Math.min(COLUMNS - 1, Math.max(0, column));
      shape[inside] = (shape[inside] ?? 0) + (this.#bins[bin] ?? 0);
    }
    return shape;
  }
}

function binOf(value: number): number {
  if (value < FINE) return value;
  const doublings = Math.floor(Math.log2(value)) - 6;
  return FINE * (doublings + 1) + Math.floor(value / 2 ** doublings) - FINE;
}

function middleOf(bin: number): number {
  if (bin < FINE) return bin;
  const doublings = Math.floor(bin / FINE) - 1;
  const first = (FINE + (bin % FINE)) * 2 ** doublings;
  return first + Math.floor((2 ** doublings - 1) / 2);
}
