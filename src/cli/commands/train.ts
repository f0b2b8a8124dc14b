import { requireBf16 } from "../../engine/index.ts";
import { estimateSteps, findTraining, openDevice, type TrainingPlanFiles } from "../../node/index.ts";
import { checkRecipe, planTraining, type Recipe } from "../../train/index.ts";
import type { ShowOptions } from "../dashboard/pace.ts";
import { openWorkspace } from "../options.ts";
import { showTraining } from "../show-training.ts";
import { count, duration, print } from "../terminal.ts";

export interface TrainCommandOptions extends ShowOptions {
  readonly name?: string;
  readonly steps?: number;
  readonly minutes?: number;
  readonly checkpointSteps?: number;
  readonly batch?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  readonly context?: number;
  readonly preset?: string;
  readonly loss?: string;
  readonly precision?: string;
  readonly stopWhenPerfect?: string;
  /** Talk to the model afterwards. */
  readonly chat?: boolean;
}

/** The most checkpoints of a training whose length the command line changed, unless it says how many steps apart. */
const CHECKPOINTS = 8;

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainCommandOptions): Promise<number> {
  const files = await findTraining(what);
  const recipe = await resolveRecipe(files, options);
  planTraining(recipe, files.data);
  await checkDevice(recipe, options);
  const run = await openWorkspace(options).createRun(recipe, options.name);
  return showTraining(run, options);
}

/** Refuses before there is a run what the device cannot do. */
async function checkDevice(recipe: Recipe, options: TrainCommandOptions): Promise<void> {
  const device = await openDevice(options.device, options);
  if (recipe.training.precision === "bf16") requireBf16(device);
  device.release();
}

/** A recipe with the options of the command line put in. */
async function resolveRecipe(files: TrainingPlanFiles, options: TrainCommandOptions): Promise<Recipe> {
  const { recipe } = files;
  const { name, minutes, seed, width, layers, heads, context, preset, batch, rate, loss, precision } =
    options;
  const model = { width, layers, heads, preset, contextWindow: context };
  const changed = {
    ...recipe,
    ...given({ name, seed }),
    model: { ...recipe.model, ...given(model), ...forPreset(recipe, preset, width) },
    training: {
      ...recipe.training,
      ...given({ batch, lossOn: loss, precision, minutes, stopWhenPerfect: options.stopWhenPerfect }),
    },
    optimizer: { ...recipe.optimizer, ...given({ rate }) },
  };
  const withSteps = (steps: number): Recipe => {
    const { training, schedule } = stretched(recipe, steps, options.checkpointSteps);
    const whole = { ...changed, training: { ...changed.training, ...training }, schedule };
    return checkRecipe(whole, () => "with these options");
  };
  if (options.steps !== undefined || minutes === undefined)
    return withSteps(options.steps ?? recipe.training.steps);
  // A rate that falls over all steps needs to know how many there will be.
  const device = await openDevice(options.device, options);
  const steps = await estimateSteps(withSteps(recipe.training.steps), minutes, device, files.data);
  device.release();
  if (!options.json) print(`About ${count(steps)} steps fit into ${duration(60 * minutes)}.`);
  return withSteps(steps);
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
  const warmup = same ? schedule.warmup : Math.floor((schedule.warmup * steps) / training.steps);
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
  return {
    ...(other || width !== undefined ? { mlpWidth: undefined } : {}),
    ...(other ? { kvHeads: undefined, biases: undefined, tied: undefined, gelu: undefined } : {}),
  };
}

const given = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
