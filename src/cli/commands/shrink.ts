import { ParrotletError } from "../../base/index.ts";
import { loadTokenizer, loadTrainingRecord, type WeightForm } from "../../checkpoint/index.ts";
import {
  type FoundModel,
  findModel,
  loadData,
  openDevice,
  type ShrinkOptions,
  type Shrunk,
  shrinkModel,
} from "../../node/index.ts";
import { recipeOf } from "../../workspace/index.ts";
import { type CommonOptions, openWorkspace, workspaceRoot } from "../options.ts";
import { type Preparation, showPreparation } from "../show-preparation.ts";
import { bytes, EXIT, parrotletCommand, print, printJson } from "../terminal.ts";

interface ShrinkCommandOptions extends CommonOptions {
  readonly to?: WeightForm;
  readonly out?: string;
}

/** `parrotlet shrink [MODEL]` */
export async function shrink(reference: string | undefined, options: ShrinkCommandOptions): Promise<number> {
  const found = await findModel(openWorkspace(options), reference);
  const preparation = showPreparation(options);
  const device = await openDevice(options.device, options);
  try {
    const shrunk = await preparation.watch(async () => {
      const measure = await measuring(found, options, preparation);
      const { to = "int8", out = `${found.label.replace(/@.*/, "")}-${to}` } = options;
      return shrinkModel({ found, to, out, device, measure });
    });
    if (typeof shrunk === "number") return shrunk;
    if (options.json) printJson({ model: found.label, ...shrunk });
    else tell(found, shrunk);
    return EXIT.ok;
  } finally {
    device.release();
  }
}

/** What the model was trained on; nothing, with a word why, where that is not there any more. */
async function measuring(
  { storage, folder, run, label }: FoundModel,
  options: CommonOptions,
  { progress, notice, signal }: Preparation,
): Promise<ShrinkOptions["measure"]> {
  const record = await loadTrainingRecord(storage, folder);
  const without = (why: string): undefined => notice(`Not measured what it costs: ${why}`) as undefined;
  if (!record) return without(`${label} does not say what it was trained on.`);
  try {
    const recipe = run ? await run.recipe() : recipeOf(record);
    const tokenizer = await loadTokenizer(storage, folder);
    const root = workspaceRoot(options);
    const data = await loadData(recipe, { root, tokenizer, signal, onProgress: progress, onNotice: notice });
    return data.hash === record.data ? { recipe, data } : without("the data are not those of its training.");
  } catch (error) {
    if (error instanceof ParrotletError) return without(error.message);
    throw error;
  }
}

function tell({ label }: FoundModel, { folder, to, bytes: size, scores }: Shrunk): void {
  print(`${label} with weights as ${to}: ${bytes(size.after)}, before ${bytes(size.before)}`);
  if (scores) {
    const { before, after } = scores;
    const change = (100 * (after.loss - before.loss)) / before.loss;
    print(
      `loss ${before.loss.toFixed(4)} -> ${after.loss.toFixed(4)} (${change >= 0 ? "+" : ""}${change.toFixed(2)}%)`,
    );
    if (after.pairs > 0)
      print(`${after.perfect} of ${after.pairs} answers perfect, before ${before.perfect}`);
  }
  print(`It is in ${folder}. Talk to it: ${parrotletCommand()} chat ${JSON.stringify(folder)}`);
}
