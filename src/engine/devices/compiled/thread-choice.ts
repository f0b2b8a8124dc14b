/** Programs whose one thread would need longer, in milliseconds, always get all: to try that would be felt. */
const LONGEST_TRIAL = 100;
/** The time of so many trials passes between two. */
const BETWEEN = 30;
/** How much of the mean time of a way its last run makes up. */
const NEWEST = 0.2;
/** The same of a trial: there are few. */
const OF_TRIAL = 0.5;

/**
 * Whether a short program is done sooner by one thread or by all. On processors that others use too, threads wait for that one of
 * them that does not run, at each of a program's many meetings; there all take several times as long as one alone. Now and then it
 * tries the other way, for at most a thirtieth of the time.
 */
export class ThreadChoice {
  readonly #threads: number;
  /** Mean milliseconds of one thread and of all; 0 is not known. */
  readonly #means: [alone: number, together: number] = [0, 0];
  /** Milliseconds that were computed since the last trial. */
  #since = 0;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** All threads, for the next run; otherwise one. */
  next(): boolean {
    const [alone, together] = this.#means;
    const usual = alone === 0 || together <= alone;
    const longest = this.#threads * together;
    if (together === 0 || longest > LONGEST_TRIAL) return usual;
    const trial = usual ? alone || longest : together;
    return this.#since > BETWEEN * trial ? !usual : usual;
  }

  /** What a run took. */
  took(together: boolean, ms: number): void {
    const usual = this.#means[0] === 0 || this.#means[1] <= this.#means[0];
    const isTrial = together !== usual;
    const way = together ? 1 : 0;
    const mean = this.#means[way];
    this.#since = isTrial ? 0 : this.#since + ms;
    this.#means[way] = mean === 0 ? ms : mean + (isTrial ? OF_TRIAL : NEWEST) * (ms - mean);
  }
}
