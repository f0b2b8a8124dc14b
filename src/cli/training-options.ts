import type { Columns } from "../data/index.ts";
import { openDevice } from "../node/index.ts";
import {
  checkRecipe,
  estimateSteps,
  type Recipe,
  resolveLength,
  rowsOfAnEpoch,
  type TrainingData,
} from "../train/index.ts";
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
  /** No option: passes over the data that minutes are worth at the most. @default any */
  readonly mostEpochs?: number;
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
  const { steps, epochs, tokens, minutes, checkpointSteps } = options;
  const said = steps ?? epochs ?? tokens;
  const fitting = said === undefined ? await fittingSteps(recipe, data, options) : undefined;
  const asked = said === undefined ? undefined : { steps, epochs, tokens };
  const length = fitting === undefined ? asked : { steps: fitting };
  const whole = resolveLength(recipe, rowsOfAnEpoch(data), length);
  const limit = minutes ?? (said === undefined ? recipe.training.minutes : 0);
  const training = { ...whole.training, minutes: limit, ...given({ checkpointSteps }) };
  return checkRecipe({ ...whole, training }, () => "with these options");
}

/** A training that is cut off before its rate has fallen loses more than one that ends a moment early. */
const SAFE = 0.97;

/** As many steps as fit into the minutes, where these are what says how long. */
async function fittingSteps(
  recipe: Recipe,
  data: TrainingData,
  options: TrainCommandOptions,
): Promise<number | undefined> {
  const { steps, epochs, tokens } = recipe.training;
  const open = steps === 0 && epochs === undefined && tokens === undefined;
  const minutes = options.minutes ?? (open ? recipe.training.minutes : 0);
  if (minutes === 0) return undefined;
  // A rate that falls over all steps needs to know how many there will be.
  const device = await openDevice(options.device, options);
  const fitting = Math.max(1, Math.floor(SAFE * (await estimateSteps(recipe, minutes, device, data))));
  device.release();
  const passes = options.mostEpochs ?? Number.POSITIVE_INFINITY;
  const { batch, accumulate } = recipe.training;
  const enough = Math.ceil((passes * rowsOfAnEpoch(data)) / (batch * accumulate));
  if (options.json || options.quiet) return Math.min(fitting, enough);
  if (fitting <= enough) print(`About ${count(fitting)} steps fit into ${duration(60 * minutes)}.`);
  else {
    const needed = duration((60 * minutes * enough) / fitting);
    print(
      `${count(passes)} passes over the data are ${count(enough)} steps, about ${needed}. More would only learn them by heart: --epochs asks for more.`,
    );
  }
  return Math.min(fitting, enough);
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
