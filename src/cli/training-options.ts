import type { Columns } from "../data/index.ts";
import { estimateSteps, openDevice } from "../node/index.ts";
import { checkRecipe, type Recipe, type TrainingData } from "../train/index.ts";
import type { ShowOptions } from "./dashboard/pace.ts";
import { count, duration, print } from "./terminal.ts";

/** What the command line says of a training. Each wins over the environment, and that over the recipe. */
export interface TrainCommandOptions extends ShowOptions {
  readonly name?: string;
  /** A recipe for other data than its own. */
  readonly recipe?: string;
  readonly steps?: number;
  readonly epochs?: number;
  readonly tokens?: number;
  readonly minutes?: number;
  readonly checkpointSteps?: number;
  readonly batchSize?: number;
  /** As it was called before; the same for the rate. */
  readonly batch?: number;
  readonly accumulate?: number;
  readonly learningRate?: number;
  readonly rate?: number;
  readonly optimizer?: string;
  readonly schedule?: string;
  readonly dropout?: number;
  readonly seed?: number;
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  readonly context?: number;
  readonly preset?: string;
  readonly tokenizer?: string;
  readonly vocabulary?: number;
  readonly loss?: string;
  readonly precision?: string;
  readonly stopWhenPerfect?: string;
  readonly patience?: number;
  readonly prompt?: readonly string[];
  readonly encoding?: string;
  readonly format?: string;
  readonly me?: string;
  readonly columns?: Columns;
  readonly gapHours?: number;
  readonly filter?: Recipe["filters"];
  /** Talk to the model afterwards. */
  readonly chat?: boolean;
}

/** The most checkpoints of a training whose length the command line changed, unless it says how many steps apart. */
const CHECKPOINTS = 8;

/** A recipe with the options of the command line put in; how long it takes is said later, by the data. */
export function withOptions(recipe: Recipe, options: TrainCommandOptions): Recipe {
  const { name, seed, width, layers, heads, context, preset, tokenizer, vocabulary } = options;
  const {
    batchSize = options.batch,
    accumulate,
    dropout,
    loss,
    precision,
    patience,
    stopWhenPerfect,
  } = options;
  const { learningRate = options.rate, optimizer, schedule, prompt, filter } = options;
  const model = { width, layers, heads, preset, contextWindow: context };
  const training = {
    batch: batchSize,
    accumulate,
    dropout,
    lossOn: loss,
    precision,
    patience,
    stopWhenPerfect,
  };
  const changed = {
    ...recipe,
    ...given({ name, seed }),
    model: { ...recipe.model, ...given(model), ...forPreset(recipe, preset, width) },
    tokenizer: { ...recipe.tokenizer, ...given({ kind: tokenizer, vocabulary }) },
    reading: { ...recipe.reading, ...readingOptions(options) },
    filters: { ...recipe.filters, ...filter },
    training: { ...recipe.training, ...given(training) },
    optimizer: { ...recipe.optimizer, ...given({ rate: learningRate, kind: optimizer }) },
    schedule: { ...recipe.schedule, ...given({ kind: schedule }) },
    evaluation: { ...recipe.evaluation, ...given({ prompts: prompt }) },
  };
  return checkRecipe(changed, () => "with these options");
}

/** The recipe with its number of steps: what epochs, tokens or minutes come to with these data. */
export async function trainingLength(
  recipe: Recipe,
  data: TrainingData,
  options: TrainCommandOptions,
): Promise<Recipe> {
  const { steps, minutes } = await lengthOf(recipe, data, options);
  const { training, schedule } = stretched(recipe, steps, options.checkpointSteps);
  const whole = { ...recipe, training: { ...recipe.training, ...training, minutes }, schedule };
  return checkRecipe(whole, () => "with these options");
}

async function lengthOf(
  recipe: Recipe,
  data: TrainingData,
  options: TrainCommandOptions,
): Promise<{ steps: number; minutes: number }> {
  const { training, model } = recipe;
  const { batch, accumulate } = training;
  const rows =
    data.kind === "store" ? data.training.rows : data.corpus.pairs.reduce((sum, { times }) => sum + times, 0);
  const whole = (steps: number) => ({ steps: Math.max(1, Math.ceil(steps)), minutes: options.minutes ?? 0 });
  if (options.steps !== undefined) return whole(options.steps);
  if (options.epochs !== undefined) return whole((options.epochs * rows) / (batch * accumulate));
  if (options.tokens !== undefined) return whole(options.tokens / (batch * accumulate * model.contextWindow));
  const minutes = options.minutes ?? (data.kind === "store" ? training.minutes : 0);
  if (minutes === 0) return { steps: training.steps, minutes: training.minutes };
  // A rate that falls over all steps needs to know how many there will be.
  const device = await openDevice(options.device, options);
  const steps = await estimateSteps(recipe, minutes, device, data);
  device.release();
  if (!options.json) print(`About ${count(steps)} steps fit into ${duration(60 * minutes)}.`);
  return { steps, minutes };
}

/** What depends on the number of steps: the warm-up keeps its share, and checkpoints do not become too many. */
function stretched(
  { training, schedule }: Recipe,
  steps: number,
  checkpointSteps: number | undefined,
): { training: Partial<Recipe["training"]>; schedule: Recipe["schedule"] } {
  const same = steps === training.steps;
  const apart = same
    ? training.checkpointSteps
    : Math.max(training.checkpointSteps, Math.ceil(steps / CHECKPOINTS));
  const warmup = same
    ? schedule.warmup
    : Math.min(steps - 1, Math.floor((schedule.warmup * steps) / training.steps));
  return {
    training: { steps, checkpointSteps: checkpointSteps ?? apart },
    schedule: { ...schedule, warmup },
  };
}

/** Sizes that follow from others are left to the preset when what they follow from changes. */
function forPreset(
  recipe: Recipe,
  preset: string | undefined,
  width: number | undefined,
): Record<string, undefined> {
  const other = preset !== undefined && preset !== recipe.model.preset;
  const { preset: _, width: __, layers, heads, contextWindow, ...rest } = recipe.model;
  const all = Object.fromEntries(Object.keys(rest).map((name) => [name, undefined]));
  return {
    ...(other || width !== undefined ? { mlpWidth: undefined } : {}),
    ...(other ? { ...all, deviation: undefined } : {}),
  };
}

/** What the command line says of how files are read. */
export const readingOptions = ({
  encoding,
  format,
  me,
  columns,
  gapHours,
}: Pick<TrainCommandOptions, "encoding" | "format" | "me" | "columns" | "gapHours">): Recipe["reading"] =>
  given({ encoding, format, me, columns, gapHours });

const given = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
