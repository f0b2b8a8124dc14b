import { lastPart } from "../../base/index.ts";
import type { CorpusReport } from "../../data/index.ts";
import { requireBf16 } from "../../engine/index.ts";
import { findStart, isPackReference, loadData, openDevice, packTitle, pinSources } from "../../node/index.ts";
import {
  beginningFrom,
  checkStart,
  dataEntries,
  type FromRecipe,
  planTraining,
  type Recipe,
  type RecipeStart,
  type TrainingData,
} from "../../train/index.ts";
import { chooseRecipe } from "../choose-recipe.ts";
import { logData } from "../log/log-training.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { showCorpusReport } from "../show-corpus-report.ts";
import { type Preparation, showPreparation } from "../show-preparation.ts";
import { showTraining } from "../show-training.ts";
import { counted, print, printJson } from "../terminal.ts";
import { type TrainCommandOptions, trainingLength, withOptions } from "../training-options.ts";

interface TrainOptions extends TrainCommandOptions {
  /** The model that training begins with. */
  readonly from?: string;
}

/** `parrotlet train [WHAT]` */
export async function train(what: string, options: TrainOptions): Promise<number> {
  const preparation = showPreparation(options);
  const workspace = openWorkspace(options);
  const find = async (said: FromRecipe | undefined): Promise<RecipeStart | undefined> => {
    const wanted = options.from === undefined ? said : { model: options.from };
    return wanted && findStart(workspace, wanted);
  };
  const prepared = await preparation.watch(async () => {
    const { recipe, ...length } = await chooseRecipe(what, options, preparation, find);
    const start = await find(recipe.from);
    const chosen = withOptions(beginning(recipe, start), options);
    if (start) checkStart(chosen, start, () => "with these options");
    if (chosen.task === "corpus") preparation.notice(`A model for ${sourceOf(chosen)}: ${sizeOf(chosen)}`);
    if (start) preparation.notice(`It begins as ${start.from.model}.`);
    return { ...(await prepare(chosen, options, preparation, start)), length };
  });
  if (typeof prepared === "number") return prepared;
  const { data, chosen, length } = prepared;
  if (data.kind === "store" && data.report) showReport(data.report, options);
  const recipe = await trainingLength(chosen, data, { ...options, ...length });
  planTraining(recipe, data);
  await checkDevice(recipe, options);
  const run = await workspace.createRun(recipe, options.name);
  return showTraining(run, options);
}

/** A recipe of a person's own was held against the start as it was read; any other is made for it. */
const beginning = (recipe: Recipe, start: RecipeStart | undefined): Recipe =>
  start && !recipe.from ? beginningFrom(recipe, start) : recipe;

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
  start?: RecipeStart,
): Promise<{ chosen: Recipe; data: TrainingData }> {
  const began = performance.now();
  const data = await loadData(chosen, {
    root: workspaceRoot(options),
    tokenizer: start?.tokenizer,
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
