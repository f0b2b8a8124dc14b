import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../workspace/index.ts";
import { EXIT } from "../terminal.ts";
import { type Pace, showLeft } from "./pace.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** A point of the loss curve. */
export type LossPoint = readonly [step: number, loss: number];

/** Everything that the dashboard draws. Replaced whenever it changes. */
export interface ShowState {
  readonly run: string;
  readonly start: EventOf<"start"> | undefined;
  readonly progress: EventOf<"progress"> | undefined;
  /** Of the show, with its pauses. */
  readonly secondsLeft: number;
  /** At most `MOST_POINTS`, however long the training is. */
  readonly losses: readonly LossPoint[];
  /** The loss on what was not trained on, at each checkpoint; of text and conversations. */
  readonly validations: readonly LossPoint[];
  /** The untrained model's loss, where it was measured. */
  readonly firstLoss: number | undefined;
  readonly checkpoint: EventOf<"checkpoint"> | undefined;
  /** The best so far. */
  readonly best: EventOf<"checkpoint"> | undefined;
  /** The one before, and which number the last one has. */
  readonly checkpointBefore: EventOf<"checkpoint"> | undefined;
  readonly checkpointNumber: number;
  readonly end: EventOf<"end"> | undefined;
  readonly paused: boolean;
  /** At a checkpoint, before going on: seconds left, or `Infinity` until Enter. */
  readonly holding: number | undefined;
  readonly stopping: boolean;
}

/** Points of the loss curve that are kept; a curve of twice as many loses every second one. */
const MOST_POINTS = 1000;

/**
 * Plays a training's events at a pace, with a person at the keys: pause, go on, stop, or leave for a chat. The training
 * runs only while the next event is awaited, so a pause here is a pause there.
 */
export class Show {
  readonly #events: AsyncIterator<RunEvent, void>;
  readonly #pace: Pace;
  readonly #steps: number;
  readonly #checkpointSteps: number;
  readonly #abort: AbortController;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: RunEvent) => void>();
  #state: ShowState;
  /** Ends the wait that is on, if any. */
  #wake = new AbortController();
  #chatWanted = false;
  #exitCode: number | undefined;

  constructor(options: {
    run: string;
    events: AsyncIterable<RunEvent, void>;
    pace: Pace;
    steps: number;
    checkpointSteps: number;
    abort: AbortController;
    /** What happened before, where a stopped run goes on. */
    past?: readonly RunEvent[];
  }) {
    const { run, events, pace, steps, checkpointSteps, abort, past = [] } = options;
    this.#events = events[Symbol.asyncIterator]();
    this.#pace = pace;
    this.#steps = steps;
    this.#checkpointSteps = checkpointSteps;
    this.#abort = abort;
    this.#state = {
      run,
      start: undefined,
      progress: undefined,
      secondsLeft: 0,
      losses: [],
      validations: [],
      firstLoss: undefined,
      checkpoint: undefined,
      best: undefined,
      checkpointBefore: undefined,
      checkpointNumber: -1,
      end: undefined,
      paused: false,
      holding: undefined,
      stopping: false,
    };
    for (const event of past) if (event.type !== "start") this.#take(event);
    this.#set({ progress: undefined, holding: undefined });
  }

  readonly snapshot = (): ShowState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls the listener with each event as it is played. Returns what ends that. */
  onEvent(listener: (event: RunEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** What the program shall exit with, where it was interrupted. */
  get exitCode(): number | undefined {
    return this.#exitCode;
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

  /** Lets the training end with a checkpoint. */
  stop(): void {
    this.#set({ stopping: true, paused: false, holding: undefined });
    this.#abort.abort();
    this.#wake.abort();
  }

  /**
   * Ctrl-C or a signal: the first stops and saves, a second one leaves at once. A closed window speaks twice, by a signal
   * and by what cannot be written any more; nobody is there to be impatient.
   */
  interrupt(exitCode: number): void {
    if (this.#exitCode !== undefined) {
      if (exitCode !== EXIT.hungUp) process.exit(exitCode);
      return;
    }
    this.#exitCode = exitCode;
    this.stop();
  }

  wantChat(): void {
    if (!this.#state.checkpoint) return;
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
      for (const listener of this.#eventListeners) listener(event);
      if (event.type === "progress") await this.#slow(event.step - before, performance.now() - asked);
    }
  }

  /** Gives the training up where it is, after an error. */
  async close(): Promise<void> {
    await this.#events.return?.();
  }

  #take(event: RunEvent): void {
    if (event.type === "start") this.#set({ start: event });
    else if (event.type === "progress") this.#takeProgress(event);
    else if (event.type === "end") this.#set({ end: event, holding: undefined });
    else this.#takeCheckpoint(event);
  }

  #takeProgress(event: EventOf<"progress">): void {
    const plan = {
      steps: this.#steps,
      checkpointSteps: this.#checkpointSteps,
      trainingLeft: event.secondsLeft,
    };
    const secondsLeft = showLeft(this.#pace, event.step, plan);
    this.#set({ progress: event, secondsLeft, losses: withPoint(this.#state.losses, event) });
  }

  #takeCheckpoint(event: EventOf<"checkpoint">): void {
    const { checkpoint, checkpointNumber, validations, best, firstLoss, stopping } = this.#state;
    const { hold } = this.#pace;
    const stay = hold !== 0 && event.step < this.#steps && !stopping;
    this.#set({
      checkpoint: event,
      validations: event.validation ? withPoint(validations, event) : validations,
      best: event.best ? event : best,
      checkpointBefore: checkpoint,
      checkpointNumber: checkpointNumber + 1,
      firstLoss: event.step === 0 ? event.loss : firstLoss,
      holding: !stay ? undefined : hold < 0 ? Number.POSITIVE_INFINITY : hold,
    });
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

/** A curve with one point more, and every second one fewer where they are too many. */
function withPoint(curve: readonly LossPoint[], { step, loss }: { step: number; loss: number }): LossPoint[] {
  const thinned = curve.length >= 2 * MOST_POINTS ? curve.filter((_, i) => i % 2 === 0) : curve;
  return [...thinned, [step, loss]];
}
