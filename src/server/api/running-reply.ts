import type { SessionEvent } from "../../chat/index.ts";

/** Characters that wait for the reader; a reply that has so many stops until they are taken. */
const MOST_WAITING = 16_384;

/**
 * A reply that is made a little ahead of who reads it, and to its end where nobody does: aborted, it still tells what was recorded.
 * Pieces of text that are ready together are one event.
 */
export class RunningReply {
  /** When all is recorded; never an error. */
  readonly finished: Promise<void>;
  readonly #abort = new AbortController();
  #events: SessionEvent[] = [];
  #waiting = 0;
  #error: { readonly error: unknown } | undefined;
  #ended = false;
  #begun = false;
  #wakers: (() => void)[] = [];
  #taken: () => void = () => undefined;

  constructor(start: (signal: AbortSignal) => AsyncGenerator<SessionEvent, void>) {
    this.finished = this.#pump(start(this.#abort.signal));
  }

  async #pump(events: AsyncGenerator<SessionEvent, void>): Promise<void> {
    try {
      for await (const event of events) {
        this.#add(event);
        this.#begun ||= event.type !== "prompt";
        this.#wake();
        if (this.#waiting >= MOST_WAITING && !this.#abort.signal.aborted)
          await new Promise<void>((resume) => {
            this.#taken = resume;
          });
      }
    } catch (error) {
      this.#error = { error };
    }
    this.#ended = true;
    this.#wake();
  }

  #add(event: SessionEvent): void {
    const last = this.#events.at(-1);
    if (event.type === "delta") this.#waiting += event.text.length;
    if (event.type === "delta" && last?.type === "delta")
      this.#events[this.#events.length - 1] = { type: "delta", text: last.text + event.text };
    else this.#events.push(event);
  }

  abort(): void {
    this.#abort.abort();
    this.#taken();
  }

  /** Nothing more is made. */
  get ended(): boolean {
    return this.#ended;
  }

  /** All was taken. */
  get over(): boolean {
    return this.#ended && this.#events.length === 0;
  }

  /** Until the model has said something, or will not. */
  async begun(): Promise<void> {
    while (!this.#begun && !this.#ended) await this.#changed();
    if (!this.#begun && this.#error) throw this.#error.error;
  }

  /** Until something is there to take, or nothing more comes. */
  async ready(): Promise<void> {
    while (this.#events.length === 0 && !this.#ended) await this.#changed();
  }

  /** What came since the last call. @throws What the backend or the storage threw, after all that came before. */
  take(): readonly SessionEvent[] {
    const events = this.#events;
    if (events.length === 0 && this.#error) throw this.#error.error;
    this.#events = [];
    this.#waiting = 0;
    this.#taken();
    return events;
  }

  get failed(): boolean {
    return this.#error !== undefined;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => void this.#wakers.push(resolve));
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
