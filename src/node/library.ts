import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isMap, parseDocument } from "yaml";
import { closest, ParrotletError } from "../base/index.ts";
import { type Corpus, readCorpus } from "../data/index.ts";
import { parseRecipe, type Recipe, recipeForCorpus } from "../train/index.ts";

/** The package's own folder: two up from src/node/ and from dist/node/ alike. */
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const DATA_ENDINGS = [".yaml", ".yml", ".jsonl", ".csv"];

/** Data as training wants them. */
export interface LoadedData {
  readonly corpus: Corpus;
  /** SHA-256 of the file. */
  readonly hash: string;
}

/** The recipes, or corpora, that come with the program. */
export async function shipped(kind: "recipes" | "corpora"): Promise<string[]> {
  const files = await readdir(resolve(PACKAGE, kind));
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/**
 * The recipe that a person means: one that comes with the program, a recipe file, or a file of questions and answers, which
 * is trained as TinyTalks is.
 *
 * @throws {ParrotletError} `recipe-not-found`, with what there is; those of `parseRecipe` and `readCorpus`.
 */
export async function findRecipe(name: string): Promise<Recipe> {
  const known = await shipped("recipes");
  if (known.includes(name)) return readRecipe(resolve(PACKAGE, "recipes", `${name}.yaml`));
  const path = resolve(name);
  if (!(await isFile(path))) throw await recipeNotFound(name, known);
  if (await holdsRecipe(path)) return readRecipe(path);
  const base = await readRecipe(resolve(PACKAGE, "recipes", "tinytalks.yaml"));
  const { corpus } = await loadData(path);
  return recipeForCorpus(base, corpus, path);
}

/**
 * Reads the data that a recipe names.
 *
 * @throws {ParrotletError} `data-not-found`; those of `readCorpus`.
 */
export async function loadData(data: string): Promise<LoadedData> {
  const own = (await shipped("corpora")).includes(data);
  const path = own ? resolve(PACKAGE, "corpora", `${data}.yaml`) : resolve(data);
  if (!(await isFile(path))) {
    const message = `The data file ${path} is not there. Put it back, or name another with data: in the recipe.`;
    throw new ParrotletError("data-not-found", message);
  }
  const bytes = await readFile(path);
  return {
    corpus: readCorpus(bytes, own ? `${data}.yaml` : path),
    hash: createHash("sha256").update(bytes).digest("hex"),
  };
}

async function readRecipe(path: string): Promise<Recipe> {
  const recipe = parseRecipe(await readFile(path, "utf8"), path);
  const own = (await shipped("corpora")).includes(recipe.data) || isAbsolute(recipe.data);
  return own ? recipe : { ...recipe, data: resolve(dirname(path), recipe.data) };
}

/** Whether a YAML file is a recipe rather than data. */
async function holdsRecipe(path: string): Promise<boolean> {
  if (![".yaml", ".yml"].includes(extname(path).toLowerCase())) return false;
  const { contents } = parseDocument(await readFile(path, "utf8"));
  return isMap(contents) && ["model", "training", "optimizer", "data"].some((key) => contents.has(key));
}

async function recipeNotFound(name: string, known: readonly string[]): Promise<ParrotletError> {
  const here = await readdir(".").catch(() => []);
  const files = here.filter((file) => DATA_ENDINGS.includes(extname(file).toLowerCase()));
  const meant = closest(name, [...known, ...files]);
  const message = [
    `There is no recipe or file ${JSON.stringify(name)}.`,
    ...(meant ? [`Did you mean ${meant}?`] : []),
    `Recipes: ${known.join(", ")}.`,
    files.length > 0
      ? `Files here: ${files.join(", ")}.`
      : "There is no file of questions and answers in this folder.",
  ];
  return new ParrotletError("recipe-not-found", message.join(" "));
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
