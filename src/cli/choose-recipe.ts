import { ParrotletError, shown } from "../base/index.ts";
import { findRecipe, findTraining, openSource } from "../node/index.ts";
import { checkRecipe, type Recipe, recipeForCorpus, recipeForText } from "../train/index.ts";
import type { Preparation } from "./show-preparation.ts";
import { bytes, count, print } from "./terminal.ts";
import { readingOptions, type TrainCommandOptions } from "./training-options.ts";

/** Minutes that a text is trained on where nobody says how long. */
const MINUTES = 5;

/** The recipe that a person means, before the options of the command line are put in. */
export async function chooseRecipe(
  what: string,
  options: TrainCommandOptions,
  { progress, notice, signal }: Preparation,
): Promise<Recipe> {
  const reading = readingOptions(options);
  // Who says how to read a file does not mean a file of pairs, which is read in one way.
  const named = await findTraining(what, { onlyCorpus: Object.keys(reading).length > 0 });
  if (options.recipe !== undefined) return onOtherData(options.recipe, what);
  if (named.kind === "recipe") return named.recipe;
  if (named.kind === "pairs")
    return recipeForCorpus(await findRecipe("tinytalks"), named.data.corpus, named.path);
  const { source } = named;
  if (named.notice) notice(named.notice);
  const opened = await openSource(
    source,
    { reading, filters: {} },
    {
      signal,
      onNotice: notice,
      onDownload: ({ bytes: done, total }) => progress({ what: "downloading", source, done, bytes: total }),
    },
  );
  const conversational = await opened.conversational();
  const minutes = options.minutes ?? MINUTES;
  const chosen = recipeForText({ source, bytes: opened.bytes, conversational, minutes });
  // The same files again when they are opened next, without asking the Hub.
  const recipe = { ...chosen, data: opened.hub?.pinned ?? source };
  if (!options.json) print(`A model for ${bytes(opened.bytes)} of ${opened.about}: ${sizeOf(recipe)}`);
  const lengths = [options.steps, options.epochs, options.tokens, options.minutes];
  const limited = lengths.some((length) => length !== undefined);
  return checkRecipe({
    ...recipe,
    reading,
    training: { ...recipe.training, minutes: limited ? 0 : MINUTES },
  });
}

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
