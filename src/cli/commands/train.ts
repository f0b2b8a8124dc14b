import { ParrotletError } from "../../base/index.ts";
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
  const changed = {
    ...recipe,
    ...given({ name, seed }),
    model: {
      ...recipe.model,
      ...given({ width, layers, heads, preset, contextWindow: context }),
      ...forPreset(recipe, preset, width),
    },
    training: {
      ...recipe.training,
      ...given({ steps, batch, lossOn: loss, minutes, checkpointSteps: options.checkpointSteps }),
      ...given({ stopWhenPerfect: options.stopWhenPerfect }),
    },
    optimizer: { ...recipe.optimizer, ...given({ rate }) },
  };
  if (minutes === undefined || steps !== undefined) return checked(changed);
  // A rate that falls over all steps needs to know how many there will be.
  const long = await checked({ ...changed, training: { ...changed.training, steps: 1_000_000_000 } });
  const fitting = await estimateSteps(long, minutes, await openDevice(options.device));
  if (!options.json) print(`${count(fitting)} steps fit into ${duration(60 * minutes)}.`);
  const { warmup } = recipe.schedule;
  return checked({
    ...changed,
    training: { ...changed.training, steps: fitting },
    schedule: { ...recipe.schedule, warmup: Math.min(warmup, Math.floor(fitting / 10)) },
  });
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

async function checked(value: unknown): Promise<Recipe> {
  try {
    return checkRecipe(value, () => "with these options");
  } catch (error) {
    if (!(error instanceof ParrotletError)) throw error;
    throw new ParrotletError(error.code, error.message, { cause: error });
  }
}

const given = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
