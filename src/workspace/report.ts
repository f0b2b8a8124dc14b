import { countPerfect, type GradedAnswer, type Sample, type Validation } from "../evaluate/index.ts";
import type { MemoryUse, SourceFacts } from "../train/index.ts";
import type { RunEvent } from "./run.ts";

export type CheckpointEvent = Extract<RunEvent, { type: "checkpoint" }>;
export type ProgressEvent = Extract<RunEvent, { type: "progress" }>;

/** What a finished or stopped training comes to. */
export interface Report {
  readonly run: string;
  readonly parameters: number;
  readonly device: string;
  /** Absent in runs that were begun by an older version. */
  readonly memory: MemoryUse | undefined;
  readonly step: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly reason: string | undefined;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** By how much the loss fell, in percent of the first. */
  readonly lossFall: number;
  readonly bestStep: number;
  /** Different pairs of the training data, and how many of them were asked at each checkpoint. */
  readonly pairs: number;
  readonly asked: number;
  readonly checkpoints: readonly CheckpointScore[];
  /** At the best checkpoint. */
  readonly exam: readonly GradedAnswer[];
  readonly unseen: readonly GradedAnswer[];
  readonly wrong: readonly GradedAnswer[];
  readonly samples: readonly Sample[];
  /** Of a training on text or conversations. */
  readonly text: TextReport | undefined;
}

export interface TextReport {
  /** Tokens of the training part, and how many were seen in all, some of them more than once. */
  readonly tokens: number;
  readonly tokensSeen: number;
  readonly tokensPerSecond: number;
  /** Tokens that were predicted at the best checkpoint, and how well. */
  readonly validated: number;
  readonly bitsPerByte: number;
  readonly perplexity: number;
  readonly sources: readonly SourceFacts[];
  /** How samples changed, from the first checkpoint to the best. */
  readonly history: readonly { readonly step: number; readonly samples: readonly Sample[] }[];
}

export interface CheckpointScore {
  readonly step: number;
  readonly seconds: number;
  readonly loss: number;
  /** Perfect answers of all, `7/8`, where the data are pairs. */
  readonly exam: string | undefined;
  readonly all: string | undefined;
  readonly unseen: string | undefined;
  /** Where the data are text or conversations. */
  readonly bitsPerByte: number | undefined;
  readonly perplexity: number | undefined;
  /** Mean loss in training since the checkpoint before, as far as it was kept. */
  readonly trainingLoss: number | undefined;
  readonly tokensSeen: number | undefined;
}

/** Whether a run learns from text or conversations. */
export const isText = (events: readonly RunEvent[]): boolean =>
  events.some((event) => event.type === "checkpoint" && event.validation !== undefined);

/** The best so far; the last where it is better, though a stop made it. */
function bestOf(checkpoints: readonly CheckpointEvent[]): CheckpointEvent | undefined {
  const last = checkpoints.at(-1);
  const best = checkpoints.findLast((event) => event.best) ?? last;
  if (!last || !best || last === best) return last;
  const perfect = ({ examination }: CheckpointEvent): number =>
    (examination?.all ?? []).filter(({ verdict }) => verdict === "perfect").length;
  const more = perfect(last) - perfect(best);
  return more > 0 || (more === 0 && last.loss < best.loss) ? last : best;
}

/** Sums a run's events up; `undefined` where there is no checkpoint yet. */
export function summarize(run: string, events: readonly RunEvent[]): Report | undefined {
  const start = events.findLast((event) => event.type === "start");
  const checkpoints = events.filter((event): event is CheckpointEvent => event.type === "checkpoint");
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  const best = bestOf(checkpoints);
  if (!start || !first || !last || !best) return undefined;
  const end = events.findLast((event) => event.type === "end");
  const progress = events.filter((event): event is ProgressEvent => event.type === "progress");
  const tokensAStep = tokensOfStep(progress);
  return {
    run,
    parameters: start.parameters,
    device: start.device,
    memory: start.memory as MemoryUse | undefined,
    step: last.step,
    seconds: last.seconds,
    stepsPerSecond: last.seconds > 0 ? last.step / last.seconds : 0,
    reason: end?.reason,
    firstLoss: first.loss,
    lastLoss: last.loss,
    lossFall: 100 * (1 - last.loss / first.loss),
    bestStep: best.step,
    pairs: start.pairs,
    asked: last.examination?.all.length ?? 0,
    checkpoints: checkpoints.map((each, index) => ({
      ...{ step: each.step, seconds: each.seconds, loss: each.loss },
      ...scoresOf(each),
      trainingLoss: meanLoss(progress, checkpoints[index - 1]?.step ?? -1, each.step),
      tokensSeen: tokensAStep === undefined ? undefined : each.step * tokensAStep,
    })),
    exam: best.examination?.exam ?? [],
    unseen: best.examination?.unseen ?? [],
    wrong: best.examination?.all.filter(({ verdict }) => verdict !== "perfect") ?? [],
    samples: best.validation?.samples ?? [],
    text: best.validation && {
      ...measuresOf(best.validation),
      tokens: start.tokens ?? 0,
      tokensSeen: last.step * (tokensAStep ?? 0),
      tokensPerSecond: last.seconds > 0 ? (last.step * (tokensAStep ?? 0)) / last.seconds : 0,
      sources: start.sources ?? [],
      history: historyOf(checkpoints, best),
    },
  };
}

export const score = (answers: readonly GradedAnswer[]): string =>
  `${countPerfect(answers)}/${answers.length}`;

const scoresOf = ({ examination, validation }: CheckpointEvent) => ({
  exam: examination && score(examination.exam),
  all: examination && score(examination.all),
  unseen: examination && score(examination.unseen),
  bitsPerByte: validation?.bitsPerByte,
  perplexity: validation?.perplexity,
});

const measuresOf = ({ tokens, bitsPerByte, perplexity }: Validation) => ({
  validated: tokens,
  bitsPerByte,
  perplexity,
});

/** Rows and their length are no event's, but both speeds are. */
const tokensOfStep = (progress: readonly ProgressEvent[]): number | undefined => {
  const last = progress.at(-1);
  return last && Math.round(last.tokensPerSecond / last.stepsPerSecond);
};

/** Each event tells the mean over its own steps; those that were not kept are left out. */
function meanLoss(progress: readonly ProgressEvent[], after: number, upTo: number): number | undefined {
  const between = progress.filter(({ step }) => step > after && step <= upTo);
  return between.length > 0 ? between.reduce((sum, { loss }) => sum + loss, 0) / between.length : undefined;
}

/** Checkpoints whose samples show how it went. */
const MOST_HISTORY = 5;

function historyOf(checkpoints: readonly CheckpointEvent[], best: CheckpointEvent): TextReport["history"] {
  const upTo = checkpoints.filter(({ step, validation }) => step <= best.step && validation?.samples.length);
  const count = Math.min(MOST_HISTORY, upTo.length);
  const places = Array.from({ length: count }, (_, i) =>
    Math.round((i * (upTo.length - 1)) / Math.max(1, count - 1)),
  );
  return places.flatMap((place) => {
    const { step = 0, validation } = upTo[place] ?? {};
    return validation ? [{ step, samples: validation.samples }] : [];
  });
}
