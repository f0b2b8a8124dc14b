/** How often each token came: lists to walk along, which grow seldom. */
export class TokenCounts {
  /** Each token that came, in the order in which it first did; the first `size` count. */
  tokens: Int32Array = new Int32Array(64);
  /** How often, the prompt not counted. */
  times: Int32Array = new Int32Array(64);
  size = 0;
  readonly #places: Map<number, number> = new Map();

  constructor(prompt: readonly number[]) {
    for (const token of prompt) this.#place(token);
  }

  add(token: number): void {
    const place = this.#place(token);
    this.times[place] = (this.times[place] ?? 0) + 1;
  }

  #place(token: number): number {
    const known = this.#places.get(token);
    if (known !== undefined) return known;
    if (this.size === this.tokens.length) {
      this.tokens = grown(this.tokens);
      this.times = grown(this.times);
    }
    this.tokens[this.size] = token;
    this.#places.set(token, this.size);
    return this.size++;
  }
}

function grown(values: Int32Array): Int32Array {
  const more = new Int32Array(2 * values.length);
  more.set(values);
  return more;
}
