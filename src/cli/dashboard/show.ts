import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../workspace/index.ts";
import type { Pace } from "./pace.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** Everything that the dashboard draws. Replaced whenever it changes. */
export interface ShowState {
  readonly run: string;
  readonly start: EventOf<"start"> | undefined;
  readonly progress: EventOf<"progress"> | undefined;
  readonly losses: readonly (readonly [step: number, loss: number])[];
  readonly checkpoints: readonly EventOf<"checkpoint">[];
  readonly end: EventOf<"end"> | undefined;
  readonly paused: boolean;
  /** At a checkpoint, before going on: seconds left, or `Infinity` until Enter. */
  readonly holding: number | undefined;
  readonly stopping: boolean;
}

/**
 * Plays a training's events at a pace, with a person at the keys: pause, go on, stop, or leave for a chat. The training
 * runs only while the next event is awaited, so a pause here is a pause there.
 */
export class Show {
  readonly #events: AsyncIterator<RunEvent, void>;
  readonly #pace: Pace;
  readonly #steps: number;
  readonly #abort: AbortController;
  readonly #listeners = new Set<() => void>();
  #state: ShowState;
  /** Ends the wait that is on, if any. */
  #wake = new AbortController();
  #chatWanted = false;
  #interrupted = false;

  constructor(options: {
    run: string;
    events: AsyncIterable<RunEvent, void>;
    pace: Pace;
    steps: number;
    abort: AbortController;
    /** What happened before, where a stopped run goes on. */
    past?: readonly RunEvent[];
  }) {
    const { run, events, pace, steps, abort, past = [] } = options;
    this.#events = events[Symbol.asyncIterator]();
    this.#pace = pace;
    this.#steps = steps;
    this.#abort = abort;
    this.#state = {
      run,
      start: undefined,
      progress: undefined,
      losses: past.flatMap((event) => (event.type === "progress" ? [[event.step, event.loss] as const] : [])),
      checkpoints: past.filter((event) => event.type === "checkpoint"),
      end: undefined,
      paused: false,
      holding: undefined,
      stopping: false,
    };
  }

  readonly snapshot = (): ShowState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the training was stopped by Ctrl-C or a signal. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  togglePause(): void {
    this.#set({ paused: !this.#state.paused });
    this.#wake.abort();
  }

  /** Ends a pause, and the stay at a checkpoint. */
  goOn(): void {
    this.#set({ paused: false, holding: undefined });
    this.#wake.abort();
  }

  /** Lets the training end with a checkpoint. @param interrupted By Ctrl-C rather than in peace. */
  stop(interrupted = false): void {
    this.#interrupted ||= interrupted;
    this.#set({ stopping: true, paused: false, holding: undefined });
    this.#abort.abort();
    this.#wake.abort();
  }

  wantChat(): void {
    if (this.#state.checkpoints.length === 0) return;
    this.#chatWanted = true;
    this.#wake.abort();
  }

  /** Plays until the end, or until a chat is wanted; then it can be played again. */
  async play(): Promise<"ended" | "chat"> {
    for (;;) {
      await this.#stay();
      if (this.#chatWanted) {
        this.#chatWanted = false;
        return "chat";
      }
      const asked = performance.now();
      const { value: event } = await this.#events.next();
      if (!event) return "ended";
      const before = this.#state.progress?.step ?? this.#state.start?.step ?? 0;
      this.#take(event);
      if (event.type === "progress") await this.#slow(event.step - before, performance.now() - asked);
    }
  }

  /** Gives the training up where it is, after an error. */
  async close(): Promise<void> {
    await this.#events.return?.();
  }

  #take(event: RunEvent): void {
    const { losses, checkpoints } = this.#state;
    if (event.type === "start") this.#set({ start: event });
    else if (event.type === "progress")
      this.#set({ progress: event, losses: [...losses, [event.step, event.loss]] });
    else if (event.type === "end") this.#set({ end: event, holding: undefined });
    else {
      const last = event.step >= this.#steps || this.#state.stopping;
      const holding =
        last || this.#pace.hold === 0
          ? undefined
          : this.#pace.hold < 0
            ? Number.POSITIVE_INFINITY
            : this.#pace.hold;
      this.#set({ checkpoints: [...checkpoints, event], holding });
    }
  }

  /** Waits while paused or at a checkpoint, unless a chat is wanted. */
  async #stay(): Promise<void> {
    while (!this.#chatWanted && (this.#state.paused || this.#state.holding !== undefined)) {
      const { paused, holding = Number.POSITIVE_INFINITY } = this.#state;
      const before = performance.now();
      await this.#wait(Math.min(250, holding * 1000));
      if (paused || this.#state.holding === undefined) continue;
      const left = this.#state.holding - (performance.now() - before) / 1000;
      this.#set({ holding: left <= 0 ? undefined : left });
    }
  }

  async #slow(steps: number, spentMs: number): Promise<void> {
    if (this.#pace.seconds === undefined || this.#state.stopping) return;
    const due = (1000 * this.#pace.seconds * steps) / this.#steps;
    if (due > spentMs) await this.#wait(due - spentMs);
  }

  async #wait(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await sleep(ms, undefined, { signal: this.#wake.signal }).catch(() => {});
  }

  #set(change: Partial<ShowState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
