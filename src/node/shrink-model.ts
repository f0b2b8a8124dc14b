import { basename, dirname, resolve } from "node:path";
import { encodeText, MemoryStorage, ParrotletError, type Storage } from "../base/index.ts";
import {
  type Checkpoint,
  loadCheckpoint,
  loadTrainingRecord,
  saveCheckpoint,
  type TrainingRecord,
  type WeightForm,
} from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import { countPerfect } from "../evaluate/index.ts";
import { checkRecipe, formatRecipe, planTraining, type Recipe, type TrainingData } from "../train/index.ts";
import { FileStorage } from "./file-storage.ts";
import type { FoundModel } from "./find-model.ts";
import { modelCard } from "./report/model-card.ts";

export interface ShrinkOptions {
  readonly found: FoundModel;
  readonly to: WeightForm;
  /** The folder to be written. */
  readonly out: string;
  readonly device: Device;
  /** What the model was trained on, to measure with. @default nothing is measured */
  readonly measure?: { readonly recipe: Recipe; readonly data: TrainingData } | undefined;
}

/** What shrinking came to. */
export interface Shrunk {
  readonly folder: string;
  readonly to: WeightForm;
  /** Of all files, but for what only training needs. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** On what validates, or on the pairs; absent where nothing was measured. */
  readonly scores?: { readonly before: Scores; readonly after: Scores };
}

type Scores = TrainingRecord["scores"];

/**
 * Writes a model with weights of fewer bytes: a checkpoint folder without the optimizer's numbers, with its recipe and a model card.
 * What is measured is what was written, read again. The same model gives the same bytes.
 *
 * @throws {ParrotletError} Those of `loadCheckpoint`; `folder-taken`; `weights-too-large`.
 */
export async function shrinkModel(options: ShrinkOptions): Promise<Shrunk> {
  const { found, to, out, device, measure } = options;
  const path = resolve(out);
  const [storage, name] = [new FileStorage(dirname(path)), basename(path)];
  await refuseTaken(storage, name);
  const { optimizer: _, ...whole } = await loadCheckpoint(found.storage, found.folder, device);
  const scores = measure && (await compare(whole, to, device, measure));
  const training = whole.training && recordOf(whole.training, to, scores);
  const checkpoint = { ...whole, ...(training ? { training } : {}) };
  const before = await modelBytes(found);
  const recipe = training && checkRecipe(training.recipe);
  const card = modelCard({ name, label: found.label, to, checkpoint, recipe });
  const others = new Map([
    ["README.md", encodeText(card)],
    ...(recipe ? ([["recipe.yaml", encodeText(formatRecipe(recipe))]] as const) : []),
  ]);
  await saveCheckpoint(storage, name, checkpoint, { form: to, others });
  checkpoint.weights.release();
  const after = await modelBytes({ storage, folder: name });
  return { folder: path, to, bytes: { before, after }, ...(scores ? { scores } : {}) };
}

/** Only what was written here before is written over. */
async function refuseTaken(storage: Storage, name: string): Promise<void> {
  const holds = await storage.list(name);
  if (holds.length === 0) return;
  const record = await loadTrainingRecord(storage, name).catch(() => undefined);
  if (record?.shrunk) return;
  const message = `${storage.describe(name)} is not empty, and not a model that was shrunk before. Take another folder with --out.`;
  throw new ParrotletError("folder-taken", message);
}

function recordOf(training: TrainingRecord, to: WeightForm, scores: Shrunk["scores"]): TrainingRecord {
  const lossBefore = training.shrunk?.lossBefore ?? scores?.before.loss;
  return {
    ...training,
    recipe: withoutLimit(checkRecipe(training.recipe)),
    ...(scores ? { scores: scores.after } : {}),
    shrunk: { to, ...(lossBefore === undefined ? {} : { lossBefore }) },
  };
}

/** A recipe to make the model again by: on a slower machine minutes would end it earlier. */
const withoutLimit = (recipe: Recipe): Recipe =>
  recipe.training.steps > 0 ? { ...recipe, training: { ...recipe.training, minutes: 0 } } : recipe;

/** How good a model is with its weights as they are, and as they will be read. */
async function compare(
  checkpoint: Checkpoint,
  to: WeightForm,
  device: Device,
  { recipe, data }: NonNullable<ShrinkOptions["measure"]>,
): Promise<NonNullable<Shrunk["scores"]>> {
  const storage = new MemoryStorage();
  await saveCheckpoint(storage, "model", checkpoint, { form: to });
  const small = await loadCheckpoint(storage, "model", device);
  const scores = { before: scoresOf(checkpoint, recipe, data), after: scoresOf(small, recipe, data) };
  small.weights.release();
  return scores;
}

function scoresOf({ model, weights, tokenizer }: Checkpoint, recipe: Recipe, data: TrainingData): Scores {
  const silent = { ...recipe, evaluation: { ...recipe.evaluation, prompts: [] } };
  const quiet: TrainingData = data.kind === "store" ? { ...data, prompts: [] } : data;
  const evaluator = planTraining(silent, quiet, tokenizer).task.evaluator(model, weights);
  const { loss, examination, validation } = evaluator.evaluate();
  evaluator.release();
  const { all = [], exam = [] } = examination ?? {};
  return {
    ...{
      perfect: countPerfect(all),
      pairs: all.length,
      exam: countPerfect(exam),
      examPairs: exam.length,
      loss,
    },
    ...(validation ? { bitsPerByte: validation.bitsPerByte } : {}),
  };
}

/** The bytes of a model's files, but for what only training needs. */
export async function modelBytes({
  storage,
  folder,
}: Pick<FoundModel, "storage" | "folder">): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of await storage.list(folder)) {
    if (kind === "file" && name !== "optimizer.safetensors")
      bytes += (await storage.read(`${folder}/${name}`))?.length ?? 0;
  }
  return bytes;
}
