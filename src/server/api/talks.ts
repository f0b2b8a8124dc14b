import { nameKey, ParrotletError } from "../../base/index.ts";

/** Who works in which conversation: one at a time. */
export class Talks {
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  isBusy(id: string): boolean {
    return this.#busy.has(nameKey(id));
  }

  /**
   * Takes a conversation.
   *
   * @returns what gives it back.
   * @throws {ParrotletError} `session-busy`.
   */
  begin(id: string): () => void {
    const key = nameKey(id);
    if (this.#busy.has(key)) {
      const message = "A reply is being made in this conversation. Stop it, or wait for its end.";
      throw new ParrotletError("session-busy", message);
    }
    this.#busy.add(key);
    return () => void this.#busy.delete(key);
  }

  /** Does something in a conversation while nobody else does. */
  async alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const end = this.begin(id);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** A reply that goes on by itself, also when nobody listens any more: what came is still to be written down. */
  watch(reply: Promise<void>): void {
    this.#running.add(reply);
    void reply.finally(() => this.#running.delete(reply));
  }

  /** Until all replies are written down. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
