const { setImmediate } = globalThis as { readonly setImmediate?: (then: () => void) => unknown };

/**
 * Lets whatever else waits in this thread have its turn: signals, timers, sockets. That takes some microseconds, where
 * `setTimeout` takes one millisecond or four. In browsers it is a message to oneself; Node would deliver up to a thousand of those
 * before it looks at anything else, and has `setImmediate`.
 */
export class Breath {
  readonly #channel: MessageChannel | undefined = setImmediate ? undefined : new MessageChannel();
  #wake: () => void = () => {};

  constructor() {
    if (this.#channel) this.#channel.port1.onmessage = () => this.#wake();
  }

  take(): Promise<void> {
    return new Promise((resolve) => {
      if (setImmediate) {
        setImmediate(resolve);
        return;
      }
      this.#wake = resolve;
      this.#channel?.port2.postMessage(0);
    });
  }

  close(): void {
    this.#channel?.port1.close();
  }
}
