import { ParrotletError, shown } from "../base/index.ts";
import {
  type FindStart,
  findRecipe,
  findTraining,
  isPackReference,
  type Named,
  openSource,
  parsePackReference,
  recipeForCharacter,
} from "../node/index.ts";
import { type Recipe, recipeForCorpus, recipeForText } from "../train/index.ts";
import type { Preparation } from "./show-preparation.ts";
import { readingOptions, type TrainCommandOptions } from "./training-options.ts";

/** Minutes that a text is trained on where nobody says how long. */
const MINUTES = 5;

/** Minutes from which on a character is trained by the longer of its recipes. */
const LONG = 5;

/** So often a text may be seen: after the sixth pass what is unseen stops getting better, see docs/log.md. */
const MOST_EPOCHS = 6;

/** What is to be trained. */
interface Chosen {
  readonly recipe: Recipe;
  /** As many steps as fit into them, where neither the recipe nor an option says how long. */
  readonly minutes?: number;
  /** Passes over the data beyond which a model of this size only learns them by heart. */
  readonly mostEpochs?: number;
}

/**
 * The recipe that a person means, before the options of the command line are put in.
 *
 * @param start What the training begins with: a recipe of the person's own is held against it.
 */
export async function chooseRecipe(
  what: string,
  options: TrainCommandOptions,
  preparation: Preparation,
  start?: FindStart,
): Promise<Chosen> {
  const reading = readingOptions(options);
  // Who says how to read a file does not mean a file of pairs, which is read in one way.
  const named = await findTraining(what, { onlyCorpus: Object.keys(reading).length > 0, start });
  if (options.recipe !== undefined) return { recipe: await onOtherData(options.recipe, named, start) };
  if (named.kind === "recipe") return { recipe: named.recipe };
  if (named.kind === "character") {
    // There is time to learn all of the world anew, or only who one is.
    const base = (options.minutes ?? 0) >= LONG ? "pip" : "character";
    return { recipe: await onOtherData(base, named, start) };
  }
  if (named.kind === "pairs")
    return { recipe: recipeForCorpus(await findRecipe("tinytalks"), named.data.corpus, named.path) };
  if (named.notice) preparation.notice(named.notice);
  return recipeForSource(named.source, options, preparation);
}

async function recipeForSource(
  source: string,
  options: TrainCommandOptions,
  { progress, notice, signal }: Preparation,
): Promise<Chosen> {
  const reading = readingOptions(options);
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
  const name = isPackReference(source) ? parsePackReference(source).name : source;
  const chosen = recipeForText({ source: name, bytes: opened.bytes, conversational, minutes });
  // The same files again when they are opened next, without asking the Hub.
  const recipe = { ...chosen, data: opened.hub?.pinned ?? source };
  const lengths = [options.steps, options.epochs, options.tokens, options.minutes];
  const limited = lengths.some((length) => length !== undefined);
  return {
    recipe,
    mostEpochs: MOST_EPOCHS,
    ...(limited ? {} : { minutes: MINUTES }),
  };
}

async function onOtherData(name: string, data: Named, start?: FindStart): Promise<Recipe> {
  const recipe = await findTraining(name, { start });
  if (recipe.kind !== "recipe") throw notRecipe(name);
  if (data.kind === "recipe") return recipe.recipe;
  if (data.kind === "character") return recipeForCharacter(recipe.recipe, data.character);
  const source = data.kind === "pairs" ? data.path : data.source;
  return { ...recipe.recipe, data: source };
}

const notRecipe = (name: string): ParrotletError =>
  new ParrotletError(
    "recipe-not-found",
    `${shown(name)} is data, not a recipe. --recipe takes a recipe's name or file.`,
  );
