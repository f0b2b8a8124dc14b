import type { CommonOptions } from "../options.ts";

/** How fast a training is shown. The engine is so fast that a class would miss it. */
export interface Pace {
  /** Seconds that all steps together shall take; `undefined` is as fast as it goes. */
  readonly seconds: number | undefined;
  /** Seconds to stay at a checkpoint; negative until Enter. */
  readonly hold: number;
}

/** What the command line says of the show. */
export interface ShowOptions extends CommonOptions {
  readonly pace?: "fast" | "class" | "full" | "interactive";
  readonly autoContinue?: number;
}

/** The ancestor's four settings for classes, with its lengths. */
const PACES: Readonly<Record<NonNullable<ShowOptions["pace"]>, Pace>> = {
  fast: { seconds: 5 * 60, hold: 5 },
  class: { seconds: 10 * 60, hold: 5 },
  full: { seconds: 15 * 60, hold: 5 },
  interactive: { seconds: 15 * 60, hold: -1 },
};

/** Without a pace: at full speed, with a look at each checkpoint where somebody watches. */
export function paceOf({ pace, autoContinue }: ShowOptions, watched: boolean): Pace {
  const chosen = pace ? PACES[pace] : { seconds: undefined, hold: watched ? 2 : 0 };
  const hold = autoContinue ?? chosen.hold;
  return { ...chosen, hold: watched ? hold : Math.max(0, hold) }; // nobody can press Enter
}

/** Seconds that a show still takes, where the training alone would take `trainingLeft`. */
export function showLeft(
  { seconds, hold }: Pace,
  step: number,
  { steps, checkpointSteps, trainingLeft }: { steps: number; checkpointSteps: number; trainingLeft: number },
): number {
  const showing = seconds === undefined ? trainingLeft : Math.max(trainingLeft, seconds * (1 - step / steps));
  const stays = Math.ceil(steps / checkpointSteps) - 1 - Math.floor(step / checkpointSteps); // not at the last
  return showing + Math.max(0, hold) * Math.max(0, stays);
}

/** Frames a second of a slowed show. */
const FRAMES = 10;

/** The most steps between two frames, so that a slowed show still moves. */
export const stepsAFrame = (steps: number, { seconds }: Pace): number | undefined =>
  seconds === undefined ? undefined : Math.max(1, Math.floor(steps / (seconds * FRAMES)));
