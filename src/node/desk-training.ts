import { ParrotletError } from "../base/index.ts";
import type { TrainingStatus } from "../server/index.ts";
import type { RunEvent } from "../workspace/index.ts";

/** Errors that say what is wrong with what was asked for, without a word of this machine's folders. */
export const MISTAKES: readonly string[] = [
  "data-changed",
  "data-too-long",
  "from-changed",
  "from-mismatch",
  "model-config",
  "no-chat-template",
  "pack-reference",
  "recipe-changed",
  "recipe-invalid",
  "unknown-character",
];

/** A run that is being trained: asks for one event after another, unless it is to rest. */
export class DeskTraining {
  readonly run: string;
  /** When it is over; never an error. */
  readonly over: Promise<void>;
  /** What it ended by, where that is an error. */
  error: unknown;
  /** Another number after each event and each change. */
  version: number;
  readonly #nextVersion: () => number;
  readonly #stop = new AbortController();
  #phase: "starting" | "training" | "ended" | "failed" = "starting";
  #resting = false;
  #wantsRest = false;
  #goOn: () => void = () => undefined;
  #step = 0;
  #steps: number;
  #loss: number | undefined;
  #secondsLeft: number | undefined;
  #reason: string | undefined;
  #watchers: (() => void)[] = [];

  /**
   * @param begin Gives events while it is asked for them, and ends with a checkpoint when the signal says so.
   * @param nextVersion A number that no training had before: a run that goes on must not have the versions of its last training.
   */
  constructor(
    run: string,
    steps: number,
    begin: (signal: AbortSignal) => AsyncGenerator<RunEvent, void>,
    nextVersion: () => number,
  ) {
    this.#nextVersion = nextVersion;
    this.version = nextVersion();
    this.run = run;
    this.#steps = steps;
    this.over = this.#pump(begin(this.#stop.signal));
  }

  get status(): TrainingStatus {
    const error = this.#phase === "failed" ? { error: shownError(this.error) } : {};
    return {
      run: this.run,
      status: this.#shownPhase(),
      step: this.#step,
      steps: this.#steps,
      loss: this.#loss,
      secondsLeft: this.#secondsLeft,
      reason: this.#reason,
      ...error,
    };
  }

  get live(): boolean {
    return this.#phase === "starting" || this.#phase === "training";
  }

  /** Until it has begun, or is over. */
  async begun(): Promise<void> {
    while (this.#phase === "starting") await this.#changed();
  }

  /** Rests from the next event on; comes back when it does. */
  async pause(): Promise<void> {
    this.#wantsRest = true;
    this.#change();
    while (this.live && this.#wantsRest && !this.#resting && !this.#stop.signal.aborted)
      await this.#changed();
  }

  unpause(): void {
    this.#wantsRest = false;
    this.#resting = false;
    this.#goOn();
    this.#change();
  }

  /** Ends with a checkpoint; comes back when it has. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.unpause();
    await this.over;
  }

  async #pump(events: AsyncGenerator<RunEvent, void>): Promise<void> {
    try {
      for await (const event of events) {
        this.#note(event);
        if (this.#wantsRest && !this.#stop.signal.aborted && event.type !== "end") await this.#rest();
      }
      this.#phase = "ended";
    } catch (error) {
      this.error = error;
      this.#phase = "failed";
    }
    this.#change();
  }

  async #rest(): Promise<void> {
    this.#resting = true;
    this.#change();
    await new Promise<void>((resume) => {
      this.#goOn = resume;
    });
  }

  #note(event: RunEvent): void {
    this.#phase = "training";
    this.#step = event.step;
    if (event.type === "start") this.#steps = event.steps;
    if (event.type === "progress") [this.#loss, this.#secondsLeft] = [event.loss, event.secondsLeft];
    if (event.type === "end") this.#reason = event.reason;
    this.#change();
  }

  #shownPhase(): TrainingStatus["status"] {
    if (!this.live) return this.#phase;
    if (this.#stop.signal.aborted) return "stopping";
    if (this.#resting) return "paused";
    return this.#wantsRest ? "pausing" : this.#phase;
  }

  #change(): void {
    this.version = this.#nextVersion();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => void this.#watchers.push(resolve));
  }
}

function shownError(error: unknown): { code: string; message: string } {
  const code = error instanceof ParrotletError ? error.code : "internal";
  const message = MISTAKES.includes(code) ? (error as Error).message : `It ended with an error (${code}).`;
  return { code, message };
}
