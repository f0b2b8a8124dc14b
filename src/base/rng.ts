/**
 * Random numbers without state: each one is a pure function of a seed, a stream and a counter, so that a resumed run
 * draws what an uninterrupted one would have drawn, on any device and in any order.
 *
 * Threefry-2x32 with 20 rounds.
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". https://doi.org/10.1145/2063384.2063405
 */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** The first and second word of one Threefry block. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ PARITY] as const;
  let x0 = (counter0 + keys[0]) | 0;
  let x1 = (counter1 + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = ROTATIONS[round % 8] ?? 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + (keys[injection % 3] ?? 0)) | 0;
      x1 = (x1 + (keys[(injection + 1) % 3] ?? 0) + injection) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** A reader of the random words of one seed and stream, at a position that moves on with each draw. */
export class Rng {
  readonly seed: number;
  readonly stream: number;
  #position = 0;

  /** @param stream Tells apart what a seed is used for (weights, order of data, sampling). */
  constructor(seed: number, stream = 0) {
    this.seed = seed;
    this.stream = stream;
  }

  /** A number in [0, 1), of 32 random bits. */
  uniform(): number {
    return this.#block()[0] / 2 ** 32;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** A number from the standard normal distribution, by Box and Muller's transform. */
  normal(): number {
    const [first, second] = this.#block();
    const radius = Math.sqrt(-2 * Math.log((first + 0.5) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * second) / 2 ** 32);
  }

  #block(): [number, number] {
    const position = this.#position++;
    return threefry(this.seed, this.stream, position, Math.floor(position / 2 ** 32));
  }

  /** The numbers 0..count-1 in random order (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = moved;
    }
    return order;
  }
}
