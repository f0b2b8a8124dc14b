import { createHash } from "node:crypto";
import { ParrotletError } from "../base/index.ts";
import { type Checkpoint, loadCheckpoint, loadConfig, loadTokenizer } from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import type { FromRecipe, RecipeStart } from "../train/index.ts";
import type { Workspace } from "../workspace/index.ts";
import { type FoundModel, findModel } from "./find-model.ts";

/**
 * What a recipe's `from` means: which model that is for good, and what the recipe takes from it.
 *
 * @throws {ParrotletError} Those of `findModel`, `loadConfig` and `loadTokenizer`; `from-changed` where the recipe knows its hash
 * and it has another.
 */
export async function findStart(workspace: Workspace, wanted: FromRecipe): Promise<RecipeStart> {
  const { from, found } = await find(workspace, wanted);
  const { storage, folder } = found;
  return { from, model: await loadConfig(storage, folder), tokenizer: await loadTokenizer(storage, folder) };
}

/** The same model with its weights, as a training needs it. */
export async function loadStart(
  workspace: Workspace,
  wanted: FromRecipe,
  device: Device,
): Promise<Checkpoint> {
  const { storage, folder } = (await find(workspace, wanted)).found;
  return loadCheckpoint(storage, folder, device);
}

async function find(
  workspace: Workspace,
  wanted: FromRecipe,
): Promise<{ from: Required<FromRecipe>; found: FoundModel }> {
  const found = await findModel(workspace, wanted.model);
  const { storage, folder, label, starter } = found;
  const hash = await startHash(found);
  if (wanted.hash !== undefined && wanted.hash !== hash) {
    const message =
      `${storage.describe(folder)} is not the model any more that the recipe begins with: its hash is ${hash.slice(0, 12)}…, not ` +
      `${wanted.hash.slice(0, 12)}…. Put the old one back, or take hash: out of the recipe to begin with the new one.`;
    throw new ParrotletError("from-changed", message);
  }
  const named = starter || storage === workspace.storage;
  return { from: { model: named ? label : storage.describe(folder), hash }, found };
}

/** Files that say what a training begins with. */
const FILES = ["config.json", "model.safetensors", "model.int8.safetensors", "tokenizer.json"] as const;

/** SHA-256 of a model's config, weights and tokenizer. */
async function startHash({ storage, folder }: FoundModel): Promise<string> {
  const hash = createHash("sha256");
  for (const name of FILES) {
    const bytes = await storage.read(`${folder}/${name}`);
    if (bytes) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}
