import { requireBf16 } from "../../engine/index.ts";
import { loadData, openDevice, pinSources } from "../../node/index.ts";
import { planTraining, type Recipe, type TrainingData } from "../../train/index.ts";
import { chooseRecipe } from "../choose-recipe.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { showCorpusReport } from "../show-corpus-report.ts";
import { type Preparation, showPreparation } from "../show-preparation.ts";
import { showTraining } from "../show-training.ts";
import { print, printJson } from "../terminal.ts";
import { type TrainCommandOptions, trainingLength, withOptions } from "../training-options.ts";

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainCommandOptions): Promise<number> {
  const preparation = showPreparation(options);
  const prepared = await preparation.watch(async () => {
    const chosen = withOptions(await chooseRecipe(what, options, preparation), options);
    return prepare(chosen, options, preparation);
  });
  if (typeof prepared === "number") return prepared;
  const { data } = prepared;
  if (data.kind === "store" && data.report) {
    if (options.json) printJson({ type: "data", ...data.report });
    else print(showCorpusReport(data.report));
  }
  const recipe = await trainingLength(prepared.chosen, data, options);
  planTraining(recipe, data);
  await checkDevice(recipe, options);
  const run = await openWorkspace(options).createRun(recipe, options.name);
  return showTraining(run, options);
}

/** Reads the data. What is meant by a name on the Hub does not change any more from then on. */
async function prepare(
  chosen: Recipe,
  options: TrainCommandOptions,
  { progress, notice, signal }: Preparation,
): Promise<{ chosen: Recipe; data: TrainingData }> {
  const data = await loadData(chosen, {
    root: workspaceRoot(options),
    onProgress: progress,
    onNotice: notice,
    signal,
  });
  const pinned = data.kind === "store" && data.report ? pinSources(chosen, data.report) : chosen;
  return { chosen: pinned, data };
}

/** Refuses before there is a run what the device cannot do. */
async function checkDevice(recipe: Recipe, options: TrainCommandOptions): Promise<void> {
  const device = await openDevice(options.device, options);
  if (recipe.training.precision === "bf16") requireBf16(device);
  device.release();
}
