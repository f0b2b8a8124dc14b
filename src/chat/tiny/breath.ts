/**
 * Lets whatever else waits in this thread have its turn: signals, timers, sockets. A message to oneself does that in some
 * microseconds, in browsers and Node alike, where `setTimeout` takes a millisecond or four.
 */
export class Breath {
  readonly #channel = new MessageChannel();
  #wake: (() => void) | undefined;

  constructor() {
    this.#channel.port1.onmessage = () => {
      const wake = this.#wake;
      this.#wake = undefined;
      wake?.();
    };
  }

  take(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#channel.port2.postMessage(0);
    });
  }

  /** An open channel keeps a process of Node alive. */
  close(): void {
    this.#channel.port1.close();
  }
}
