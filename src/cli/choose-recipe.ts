import { ParrotletError, shown } from "../base/index.ts";
import { findRecipe, findTraining, openSource } from "../node/index.ts";
import { type Recipe, recipeForCorpus, recipeForText } from "../train/index.ts";
import { bytes, count, print } from "./terminal.ts";
import type { TrainCommandOptions } from "./training-options.ts";

/** Minutes that a text is trained on where nobody says how long. */
const MINUTES = 5;

/** What is to be trained. */
interface Chosen {
  readonly recipe: Recipe;
  /** As many steps as fit into them, where neither the recipe nor an option says how long. */
  readonly minutes?: number;
}

/** The recipe that a person means, before the options of the command line are put in. */
export async function chooseRecipe(what: string, options: TrainCommandOptions): Promise<Chosen> {
  const named = await findTraining(what);
  if (options.recipe !== undefined) return { recipe: await onOtherData(options.recipe, what) };
  if (named.kind === "recipe") return { recipe: named.recipe };
  if (named.kind === "pairs")
    return { recipe: recipeForCorpus(await findRecipe("tinytalks"), named.data.corpus, named.path) };
  return recipeForSource(named.source, options);
}

async function recipeForSource(source: string, options: TrainCommandOptions): Promise<Chosen> {
  const reading = readingOptions(options);
  const opened = await openSource(source, { reading, filters: {} });
  const conversational = await opened.conversational();
  const minutes = options.minutes ?? MINUTES;
  const recipe = recipeForText({ source, bytes: opened.bytes, conversational, minutes });
  if (!options.json && !options.quiet) print(`${opened.about}, ${bytes(opened.bytes)}: ${sizeOf(recipe)}`);
  const lengths = [options.steps, options.epochs, options.tokens, options.minutes];
  const limited = lengths.some((length) => length !== undefined);
  return { recipe: { ...recipe, reading }, ...(limited ? {} : { minutes: MINUTES }) };
}

/** What the command line says of how files are read. */
export const readingOptions = ({ encoding, format, me }: TrainCommandOptions): Recipe["reading"] => ({
  ...(encoding === undefined ? {} : { encoding }),
  ...(format === undefined ? {} : { format }),
  ...(me === undefined ? {} : { me }),
});

async function onOtherData(name: string, what: string): Promise<Recipe> {
  const [recipe, data] = [await findTraining(name), await findTraining(what)];
  if (recipe.kind !== "recipe") throw notRecipe(name);
  if (data.kind === "recipe") return recipe.recipe;
  const source = data.kind === "pairs" ? data.path : data.source;
  return { ...recipe.recipe, data: source };
}

const notRecipe = (name: string): ParrotletError =>
  new ParrotletError(
    "recipe-not-found",
    `${shown(name)} is data, not a recipe. --recipe takes a recipe's name or file.`,
  );

const sizeOf = ({ model, tokenizer }: Recipe): string =>
  `${model.preset}, width ${model.width}, ${count(model.layers)} layers, context ${model.contextWindow}, ${tokenizer.kind} tokens`;
