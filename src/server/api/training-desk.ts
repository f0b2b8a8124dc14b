/** What is to be trained. Nothing of it is ever a path here. */
export interface TrainingRequest {
  /** The name of a recipe or character that came with the program, or a recipe. */
  readonly recipe: string | Readonly<Record<string, unknown>>;
  /** What the run is called. @default as the recipe says */
  readonly name?: string | undefined;
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
  /** It ends after so many, wherever it is then. */
  readonly minutes?: number | undefined;
}

/** A training of this server, going on or over. */
export interface TrainingStatus {
  readonly run: string;
  /** `pausing` and `stopping` last until the step that is being made is done. */
  readonly status: "starting" | "training" | "pausing" | "paused" | "stopping" | "ended" | "failed";
  readonly step: number;
  readonly steps: number;
  /** As in its `progress` and `end` events. */
  readonly loss?: number | undefined;
  readonly secondsLeft?: number | undefined;
  readonly reason?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** Trains, a bounded number of runs at once, each in a thread of its own. All errors are `ApiError`s or `ParrotletError`s. */
export interface TrainingDesk {
  list(): readonly TrainingStatus[];
  find(run: string): TrainingStatus | undefined;
  start(request: TrainingRequest): Promise<TrainingStatus>;
  /** Goes on with a run that was stopped. */
  resume(run: string): Promise<TrainingStatus>;
  /** Once it does nothing any more. */
  pause(run: string): Promise<TrainingStatus>;
  unpause(run: string): Promise<TrainingStatus>;
  /** Once it has ended, with a checkpoint. */
  stop(run: string): Promise<TrainingStatus>;
  /** Changes whenever a run may have more events. */
  version(run: string): number;
  /** Stops all and waits for them, at most so long. */
  close(graceMs: number): Promise<void>;
}
