import { ParrotletError } from "../base/index.ts";
import type { ModelConfig } from "../model/index.ts";
import type { Tokenizer } from "../text/index.ts";
import type { FromRecipe, ModelRecipe, Recipe } from "./recipe.ts";

/** What a training begins with, as far as a recipe is concerned. */
export interface RecipeStart {
  readonly from: FromRecipe;
  readonly model: ModelConfig;
  readonly tokenizer: Tokenizer;
}

/** What of a model is no part of a recipe, or does not matter any more once there are weights. */
const NOT_SAID = ["vocabulary", "epsilon", "theta"];
const NO_MATTER = ["deviation"];

/** The model section for weights that are there. */
export const modelRecipeOf = (model: ModelConfig): ModelRecipe =>
  Object.fromEntries(
    Object.entries(model).filter(([key]) => !NOT_SAID.includes(key)),
  ) as unknown as ModelRecipe;

const tokenizerRecipeOf = ({ kind, size, special }: Tokenizer): Recipe["tokenizer"] => ({
  kind,
  vocabulary: size,
  unknown: special.unk !== undefined,
});

/** A recipe that was made for other weights, made for these. */
export const beginningFrom = (recipe: Recipe, { from, model, tokenizer }: RecipeStart): Recipe => ({
  ...recipe,
  from,
  model: modelRecipeOf(model),
  tokenizer: tokenizerRecipeOf(tokenizer),
});

/** What a recipe leaves out is as the start has it. */
export function filledFrom(value: unknown, { from, model, tokenizer }: RecipeStart): unknown {
  if (!isObject(value)) return value;
  const filled = (given: unknown, usual: object): unknown =>
    given === undefined || given === null ? usual : isObject(given) ? { ...usual, ...given } : given;
  return {
    ...value,
    from,
    model: filled(value["model"], modelRecipeOf(model)),
    tokenizer: filled(value["tokenizer"], tokenizerRecipeOf(tokenizer)),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Refuses a recipe, or what is going to be one, that says otherwise than what it begins with.
 *
 * @param place Says where a field stands, for errors.
 * @throws {ParrotletError} `from-mismatch`, with both values.
 */
export function checkStart(
  recipe: unknown,
  { from, model, tokenizer }: RecipeStart,
  place: (path: readonly string[]) => string = () => "recipe",
): void {
  if (!isObject(recipe)) return;
  const check = (section: string, own: object, agree = (_key: string, _said: unknown) => false): void => {
    const said = recipe[section];
    if (!isObject(said)) return;
    for (const [key, there] of Object.entries(own)) {
      const here = said[key];
      // What is of the wrong kind is told as such.
      if (here === there || typeof here !== typeof there || agree(key, here)) continue;
      const message =
        `${place([section, key])}: ${section}.${key} is ${here}, but the training begins with ${from.model}, whose ${key} is ` +
        `${there}. Leave it out, or begin with another model.`;
      throw new ParrotletError("from-mismatch", message);
    }
  };
  check("model", modelRecipeOf(model), (key) => NO_MATTER.includes(key));
  const { kind, vocabulary, unknown } = tokenizerRecipeOf(tokenizer);
  check("tokenizer", { kind });
  // The vocabulary is the most that there may be; who does not ask for <unk> may have one.
  if (kind === "bpe") check("tokenizer", { vocabulary }, (_, said) => Number(said) >= vocabulary);
  if (kind === "character") check("tokenizer", { unknown }, (_, said) => said === false);
}

/**
 * An error of a text that the tokenizer does not know, which is not fitted to the data where training begins with a model; any other
 * error as it is.
 */
export function unknownToStart(error: unknown, { from }: Pick<Recipe, "from">): unknown {
  if (!from || !(error instanceof ParrotletError) || error.code !== "unknown-character") return error;
  const message =
    `The training begins with ${from.model} and keeps its tokenizer, which has no <unk> for what it does not know. ` +
    `${error.message}. Leave such text out, or begin with a model whose tokenizer knows it.`;
  return new ParrotletError("unknown-character", message, { cause: error });
}
