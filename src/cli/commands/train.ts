import { lastPart } from "../../base/index.ts";
import type { CorpusReport } from "../../data/index.ts";
import { requireBf16 } from "../../engine/index.ts";
import { isPackReference, loadData, openDevice, packTitle, pinSources } from "../../node/index.ts";
import { dataEntries, planTraining, type Recipe, type TrainingData } from "../../train/index.ts";
import { chooseRecipe } from "../choose-recipe.ts";
import { logData } from "../log/log-training.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { showCorpusReport } from "../show-corpus-report.ts";
import { type Preparation, showPreparation } from "../show-preparation.ts";
import { showTraining } from "../show-training.ts";
import { counted, print, printJson } from "../terminal.ts";
import { type TrainCommandOptions, trainingLength, withOptions } from "../training-options.ts";

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainCommandOptions): Promise<number> {
  const preparation = showPreparation(options);
  const prepared = await preparation.watch(async () => {
    const { recipe, ...length } = await chooseRecipe(what, options, preparation);
    const chosen = withOptions(recipe, options);
    if (chosen.task === "corpus") preparation.notice(`A model for ${sourceOf(chosen)}: ${sizeOf(chosen)}`);
    return { ...(await prepare(chosen, options, preparation)), length };
  });
  if (typeof prepared === "number") return prepared;
  const { data, chosen, length } = prepared;
  if (data.kind === "store" && data.report) showReport(data.report, options);
  const recipe = await trainingLength(chosen, data, { ...options, ...length });
  planTraining(recipe, data);
  await checkDevice(recipe, options);
  const run = await openWorkspace(options).createRun(recipe, options.name);
  return showTraining(run, options);
}

function showReport(report: CorpusReport, { json, quiet }: TrainCommandOptions): void {
  if (json) printJson({ type: "data", ...report });
  else if (!quiet) print(showCorpusReport(report));
}

const sourceOf = ({ data }: Recipe): string =>
  dataEntries(data)
    .map(({ source }) => (isPackReference(source) ? packTitle(source) : lastPart(source)))
    .join(", ");

const sizeOf = ({ model, tokenizer }: Recipe): string =>
  `${model.preset}, width ${model.width}, ${counted(model.layers, "layer")}, context ${model.contextWindow}, ${tokenizer.kind} tokens`;

/** Reads the data. What is meant by a name on the Hub does not change any more from then on. */
async function prepare(
  chosen: Recipe,
  options: TrainCommandOptions,
  { progress, notice, signal }: Preparation,
): Promise<{ chosen: Recipe; data: TrainingData }> {
  const began = performance.now();
  const data = await loadData(chosen, {
    root: workspaceRoot(options),
    onProgress: progress,
    onNotice: notice,
    signal,
  });
  logData(data, (performance.now() - began) / 1000);
  const pinned = data.kind === "store" && data.report ? pinSources(chosen, data.report) : chosen;
  return { chosen: pinned, data };
}

/** Refuses before there is a run what the device cannot do. */
async function checkDevice(recipe: Recipe, options: TrainCommandOptions): Promise<void> {
  const device = await openDevice(options.device, options);
  if (recipe.training.precision === "bf16") requireBf16(device);
  device.release();
}
