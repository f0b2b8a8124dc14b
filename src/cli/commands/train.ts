import { estimateSteps, findRecipe, loadData, openDevice } from "../../node/index.ts";
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
  readonly stopWhenPerfect?: string;
  /** Talk to the model afterwards. */
  readonly chat?: boolean;
}

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainCommandOptions): Promise<number> {
  const recipe = await resolveRecipe(await findRecipe(what), options);
  const { corpus } = await loadData(recipe.data);
  planTraining(recipe, corpus);
  const run = await openWorkspace(options).createRun(recipe, options.name);
  return showTraining(run, options);
}

/** A recipe with the options of the command line put in. */
async function resolveRecipe(recipe: Recipe, options: TrainCommandOptions): Promise<Recipe> {
  const { name, minutes, steps, seed, width, layers, heads, context, preset, batch, rate, loss } = options;
  const model = { width, layers, heads, preset, contextWindow: context };
  const training = { batch, lossOn: loss, minutes, checkpointSteps: options.checkpointSteps };
  const changed = {
    ...recipe,
    ...given({ name, seed }),
    model: { ...recipe.model, ...given(model), ...forPreset(recipe, preset, width) },
    training: { ...recipe.training, ...given({ ...training, stopWhenPerfect: options.stopWhenPerfect }) },
    optimizer: { ...recipe.optimizer, ...given({ rate }) },
  };
  /** A warm-up is a part of the whole: it shrinks with it. */
  const withSteps = (number: number): Recipe =>
    checkRecipe(
      {
        ...changed,
        training: { ...changed.training, steps: number },
        schedule: { ...recipe.schedule, warmup: Math.min(recipe.schedule.warmup, Math.floor(number / 10)) },
      },
      () => "with these options",
    );
  if (minutes === undefined || steps !== undefined) return withSteps(steps ?? recipe.training.steps);
  // A rate that falls over all steps needs to know how many there will be.
  const fitting = await estimateSteps(withSteps(1_000_000_000), minutes, await openDevice(options.device));
  if (!options.json) print(`About ${count(fitting)} steps fit into ${duration(60 * minutes)}.`);
  return withSteps(fitting);
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
