/** Lets one after the other in, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Waits for its turn. @returns what ends it; nothing where the signal came before. */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    let end = (): void => {};
    const before = this.#last;
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    signal.addEventListener("abort", leave, { once: true });
    if (!signal.aborted) await Promise.race([before, left]);
    signal.removeEventListener("abort", leave);
    if (!signal.aborted) return end;
    // Who left still stands in the line, for those behind.
    void before.then(end);
    return undefined;
  }
}
