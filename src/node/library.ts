import { createHash } from "node:crypto";
import { readFile as read, readdir, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { closest, decodeText, ParrotletError, shown } from "../base/index.ts";
import { type Corpus, readCorpus } from "../data/index.ts";
import { type PairData, parseRecipe, type Recipe, recipeForCorpus, type TrainingData } from "../train/index.ts";
import { explained } from "./file-storage.ts";

/** The package's own folder: two up from src/node/ and from dist/node/ alike. */
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const DATA_ENDINGS = [".yaml", ".yml", ".jsonl", ".csv"];

/** The recipes, or corpora, that come with the program. */
export async function shipped(kind: "recipes" | "corpora"): Promise<string[]> {
  const files = await readdir(resolve(PACKAGE, kind));
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** What is to be trained, and on what. */
export interface TrainingPlanFiles {
  readonly recipe: Recipe;
  readonly data: TrainingData;
}

/**
 * What a person means to train: a recipe that comes with the program, a recipe file, or a file of questions and answers,
 * which is trained as TinyTalks is.
 *
 * @throws {ParrotletError} `recipe-not-found`, with what there is; those of `parseRecipe`, `loadData` and `readCorpus`.
 */
export async function findTraining(name: string): Promise<TrainingPlanFiles> {
  const known = await shipped("recipes");
  const path = known.includes(name) ? resolve(PACKAGE, "recipes", `${name}.yaml`) : resolve(name);
  if (!(await exists(path))) throw await recipeNotFound(name, known);
  const bytes = await readFile(path);
  if (holdsRecipe(path, bytes)) {
    const recipe = await readRecipe(path, bytes);
    return { recipe, data: await loadData(recipe.data) };
  }
  const data = pairs(readCorpus(bytes, path), bytes);
  return { recipe: recipeForCorpus(await findRecipe("tinytalks"), data.corpus, path), data };
}

/** A recipe that comes with the program. */
export async function findRecipe(name: string): Promise<Recipe> {
  const path = resolve(PACKAGE, "recipes", `${name}.yaml`);
  return readRecipe(path, await readFile(path));
}

/**
 * Reads the data that a recipe names.
 *
 * @throws {ParrotletError} `data-not-found`; those of `readCorpus`.
 */
export async function loadData(data: string): Promise<PairData> {
  const own = (await shipped("corpora")).includes(data);
  const path = own ? resolve(PACKAGE, "corpora", `${data}.yaml`) : resolve(data);
  if (!(await exists(path))) {
    const message = `The data file ${path} is not there. Put it back, or name another with data: in the recipe.`;
    throw new ParrotletError("data-not-found", message);
  }
  const bytes = await readFile(path);
  return pairs(readCorpus(bytes, own ? `${data}.yaml` : path), bytes);
}

const pairs = (corpus: Corpus, bytes: Uint8Array): PairData => ({ kind: "pairs", corpus, hash: hashOf(bytes) });

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const readFile = (path: string): Promise<Uint8Array> => explained(path, read(path));

async function readRecipe(path: string, bytes: Uint8Array): Promise<Recipe> {
  const recipe = parseRecipe(decodeText(bytes), path);
  const own = (await shipped("corpora")).includes(recipe.data) || isAbsolute(recipe.data);
  return own ? recipe : { ...recipe, data: resolve(dirname(path), recipe.data) };
}

/** Whether a file is a recipe rather than data: it has one of a recipe's sections at its top. */
const holdsRecipe = (path: string, bytes: Uint8Array): boolean =>
  /\.ya?ml$/i.test(path) && /^(model|training|optimizer|schedule|data) *:/m.test(decodeText(bytes));

async function recipeNotFound(name: string, known: readonly string[]): Promise<ParrotletError> {
  const here = await readdir(".").catch(() => []);
  const files = here.filter((file) => DATA_ENDINGS.includes(extname(file).toLowerCase()));
  const meant = closest(name, [...known, ...files]);
  const message = [
    `There is no recipe or file ${shown(name)}.`,
    ...(meant ? [`Did you mean ${meant}?`] : []),
    `Recipes: ${known.join(", ")}.`,
    files.length > 0
      ? `Files here: ${files.join(", ")}.`
      : "There is no file of questions and answers in this folder.",
  ];
  return new ParrotletError("recipe-not-found", message.join(" "));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
