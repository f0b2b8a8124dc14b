import type { Checkpoint } from "../checkpoint/index.ts";
import type { Examination, Validation } from "../evaluate/index.ts";
import type { SourceFacts } from "./training-data.ts";

/** What a training says of itself, in order. All but `checkpoint.checkpoint` is plain data. */
export type TrainEvent = StartEvent | ProgressEvent | CheckpointEvent | EndEvent;

export interface StartEvent {
  readonly type: "start";
  readonly parameters: number;
  readonly vocabulary: number;
  /** Rows of an epoch, and the different pairs among them; 0 where the data are not pairs. */
  readonly rows: number;
  readonly pairs: number;
  /** Tokens to learn from, where the data are not pairs. */
  readonly tokens?: number | undefined;
  /** Where these come from. */
  readonly sources?: readonly SourceFacts[] | undefined;
  readonly device: string;
  /** The most threads that compute. */
  readonly threads: number;
  /** Bytes of the device's memory that a step of training uses. */
  readonly memory: MemoryUse;
  /** The step it begins after: 0, or that of the checkpoint it resumes from. */
  readonly step: number;
  readonly steps: number;
}

export interface MemoryUse {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** What layers leave for their gradients, in memory that is used again and again. */
  readonly activations: number;
}

export interface ProgressEvent {
  readonly type: "progress";
  readonly step: number;
  /** Mean training loss over the steps since the last such event, in nats per token. */
  readonly loss: number;
  /** The learning rate and the gradient's global norm of the last of these steps. */
  readonly rate: number;
  readonly norm: number;
  /** Over the same steps. */
  readonly stepsPerSecond: number;
  readonly tokensPerSecond: number;
  /** Time spent training so far, without examinations and pauses. */
  readonly seconds: number;
  readonly secondsLeft: number;
}

export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly step: number;
  readonly seconds: number;
  /** Nats per token, of what is measured. */
  readonly loss: number;
  /** Where the data are pairs. */
  readonly examination?: Examination | undefined;
  /** Where they are text or conversations. */
  readonly validation?: Validation | undefined;
  /** It is the best so far: most pairs perfect, then the lowest loss. */
  readonly best: boolean;
  /** What to save. It shows the live weights: use it before asking for the next event. */
  readonly checkpoint: Checkpoint;
}

export type EndReason = "steps" | "minutes" | "perfect" | "no-better" | "aborted";

export interface EndEvent {
  readonly type: "end";
  readonly reason: EndReason;
  readonly step: number;
  readonly seconds: number;
  readonly bestStep: number;
}
