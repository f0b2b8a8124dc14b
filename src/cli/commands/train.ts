import { requireBf16 } from "../../engine/index.ts";
import { loadData, openDevice } from "../../node/index.ts";
import { planTraining, type Recipe } from "../../train/index.ts";
import { chooseRecipe } from "../choose-recipe.ts";
import { logData } from "../log/log-training.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { showPreparation } from "../show-preparation.ts";
import { showTraining } from "../show-training.ts";
import { type TrainCommandOptions, trainingLength, withOptions } from "../training-options.ts";

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainCommandOptions): Promise<number> {
  const { recipe: chosen, ...length } = await chooseRecipe(what, options);
  const recipe = await prepare(withOptions(chosen, options), { ...options, ...length });
  await checkDevice(recipe, options);
  const run = await openWorkspace(options).createRun(recipe, options.name);
  return showTraining(run, options);
}

/** Reads the data, and with them says how many steps there will be. */
async function prepare(chosen: Recipe, options: TrainCommandOptions): Promise<Recipe> {
  const preparation = showPreparation(options);
  const began = performance.now();
  const data = await loadData(chosen, { root: workspaceRoot(options), onProgress: preparation.progress });
  preparation.end();
  logData(data, (performance.now() - began) / 1000);
  const recipe = await trainingLength(chosen, data, options);
  planTraining(recipe, data);
  return recipe;
}

/** Refuses before there is a run what the device cannot do. */
async function checkDevice(recipe: Recipe, options: TrainCommandOptions): Promise<void> {
  const device = await openDevice(options.device, options);
  if (recipe.training.precision === "bf16") requireBf16(device);
  device.release();
}
