import { closest, shown } from "../base/index.ts";
import { ApiError, type TrainingRequest } from "../server/index.ts";
import {
  checkRecipe,
  dataEntries,
  type FromRecipe,
  fromOf,
  parseRecipe,
  type Recipe,
  type RecipeStart,
  resolveLength,
} from "../train/index.ts";
import type { Workspace } from "../workspace/index.ts";
import { isPackReference, parsePackReference } from "./corpus/pack-reference.ts";
import { isHubReference } from "./hub/reference.ts";
import { findRecipe, findTraining } from "./library.ts";
import { recipeForCharacter } from "./recipe-for-character.ts";
import { shipped } from "./shipped.ts";
import { findStart } from "./start-model.ts";
import { starterNames } from "./starters.ts";

export interface RequestedRecipeOptions {
  readonly workspace: Workspace;
  /** Data may be datasets of the Hub. @default false */
  readonly allowDownloads?: boolean | undefined;
}

/** Minutes from which on a character is trained by the longer of its recipes. */
const LONG = 5;
/** Bytes of text that a request may have made, all of it together. */
const MOST_MADE = 2e8;
/** What a model and a step of its training may come to: numbers of weights, and numbers that layers leave for their gradients. */
const MOST_WEIGHTS = 5e7;
const MOST_LEFT = 5e8;

/**
 * The recipe that a request means: of the program, or its own. Nothing that it says is taken for a path: data are corpora and
 * characters that came with the program, and models to begin with are runs and starters.
 *
 * @throws {ApiError} 400, 403 `data-not-allowed`, 404 `recipe-not-found`.
 * @throws {ParrotletError} `recipe-invalid`, `from-mismatch`, `pack-reference`.
 */
export async function requestedRecipe(
  request: TrainingRequest,
  options: RequestedRecipeOptions,
): Promise<Recipe> {
  const { recipe, name, seed, steps, minutes } = request;
  const find = (from: FromRecipe | undefined) => startOf(from, options.workspace);
  const base =
    typeof recipe === "string" ? await shippedRecipe(recipe, minutes, find) : await inline(recipe, find);
  await checkAllowed(base, options);
  checkSize(base);
  // A number of steps does not depend on the data.
  const long = steps === undefined ? base : resolveLength(base, 1, { steps });
  const limit = minutes ?? (steps === undefined ? base.training.minutes : 0);
  const { steps: settled, epochs, tokens } = long.training;
  if (settled === 0 && epochs === undefined && tokens === undefined)
    throw new ApiError(400, "Say how long it trains: steps.", { code: "recipe-invalid", param: "steps" });
  return checkRecipe({
    ...long,
    ...(name === undefined ? {} : { name }),
    ...(seed === undefined ? {} : { seed }),
    training: { ...long.training, minutes: limit },
  });
}

type Find = (from: FromRecipe | undefined) => Promise<RecipeStart | undefined>;

async function shippedRecipe(name: string, minutes = 0, start: Find): Promise<Recipe> {
  const [recipes, characters] = [await shipped("recipes"), await shipped("packs")];
  if (recipes.includes(name)) {
    const found = await findTraining(name, { start });
    return found.kind === "recipe" ? found.recipe : findRecipe(name);
  }
  if (characters.includes(name)) {
    const base = await findTraining(minutes >= LONG ? "pip" : "character", { start });
    if (base.kind === "recipe") return recipeForCharacter(base.recipe, name);
  }
  const known = [...new Set([...recipes, ...characters])];
  const meant = closest(name, known);
  const message = `There is no recipe or character ${shown(name)}. ${meant ? `Did you mean ${meant}? ` : ""}There are ${known.join(", ")}.`;
  throw new ApiError(404, message, { code: "recipe-not-found", param: "recipe" });
}

/** JSON is YAML, so that a recipe is read as from a file. */
async function inline(recipe: object, find: Find): Promise<Recipe> {
  const text = JSON.stringify(recipe);
  return parseRecipe(text, "recipe", await find(fromOf(text)));
}

async function startOf(from: FromRecipe | undefined, workspace: Workspace): Promise<RecipeStart | undefined> {
  if (!from) return undefined;
  await checkModel(from.model, workspace);
  return findStart(workspace, from);
}

async function checkModel(model: string, workspace: Workspace): Promise<void> {
  const [, name = ""] = /^([^@]+)(?:@(?:\d+|best|newest))?$/.exec(model) ?? [];
  if ((await workspace.runNames()).includes(name) || (await starterNames()).includes(model)) return;
  const message = `A training over HTTP begins with a run or a starter; ${shown(model)} is neither.`;
  throw new ApiError(403, message, { code: "data-not-allowed", param: "recipe.from" });
}

/** Refuses what a request, or a run that is to go on, may not read. */
export async function checkAllowed(
  { task, data, evaluation, from }: Recipe,
  { workspace, allowDownloads = false }: RequestedRecipeOptions,
): Promise<void> {
  const [corpora, characters] = [await shipped("corpora"), await shipped("packs")];
  const isAllowed = (source: string): boolean => {
    if (task === "pairs") return corpora.includes(source);
    if (isHubReference(source)) return allowDownloads;
    if (!isPackReference(source)) return false;
    return characters.includes(parsePackReference(source).name);
  };
  const own = evaluation.data === undefined ? [] : [evaluation.data];
  const sources = [...dataEntries(data).map(({ source }) => source), ...own];
  if (!sources.every(isAllowed)) throw notAllowed(task, corpora, characters, allowDownloads);
  const made = sources.filter(isPackReference).reduce((sum, each) => sum + parsePackReference(each).bytes, 0);
  if (made > MOST_MADE) {
    const message = `The recipe's data and evaluation.data make ${made} bytes of text; over HTTP they may make ${MOST_MADE}.`;
    throw new ApiError(403, message, { code: "data-not-allowed", param: "recipe.data" });
  }
  if (from) await checkModel(from.model, workspace);
}

function notAllowed(
  task: Recipe["task"],
  corpora: readonly string[],
  characters: readonly string[],
  downloads: boolean,
): ApiError {
  const packs = characters.map((name) => `pack:${name}`).join(", ");
  const hub = downloads ? "" : " Datasets of the Hub need a server with --allow-downloads.";
  const data = task === "pairs" ? `data of pairs are ${corpora.join(", ")}.` : `data are ${packs}.${hub}`;
  const message = `Over HTTP nothing is read from this machine's files: ${data}`;
  return new ApiError(403, message, { code: "data-not-allowed", param: "recipe.data" });
}

/** A size beyond that would take all memory of the machine, and this server with it. */
function checkSize({ model, tokenizer, training }: Recipe): void {
  const { width, layers, heads, contextWindow, mlpWidth = 4 * width } = model;
  const vocabulary = tokenizer.kind === "bpe" ? tokenizer.vocabulary : 512;
  const weights = width * (2 * vocabulary + contextWindow) + layers * width * (4 * width + 3 * mlpWidth);
  const tokens = training.batch * contextWindow;
  const left = tokens * (layers * (10 * width + 3 * mlpWidth + heads * contextWindow) + vocabulary);
  const tooLarge = (what: string, value: number, most: number): ApiError =>
    new ApiError(400, `The recipe's ${what} are about ${value}; over HTTP they may be ${most}.`, {
      code: "recipe-invalid",
      param: "recipe",
    });
  if (weights > MOST_WEIGHTS) throw tooLarge("weights", weights, MOST_WEIGHTS);
  if (left > MOST_LEFT) throw tooLarge("numbers of a step", left, MOST_LEFT);
}
