import { dataEntries, nameOfFile, type Recipe } from "../train/index.ts";
import { isPackReference, packOfAnother } from "./corpus/pack-reference.ts";
import { openPack } from "./packs.ts";

/**
 * `base` for another character: what it says of its own is made of that one, in the same portions, and the training is named after it. Where
 * `base` learns from nothing that is made, it learns from all that the character's world gives.
 *
 * @param character See `openPack`.
 * @throws {ParrotletError} Those of `openPack`: mistakes in a character's file are told before anything else is done.
 */
export async function recipeForCharacter(base: Recipe, character: string): Promise<Recipe> {
  const { pack } = await openPack(character);
  const another = (source: string): string =>
    isPackReference(source) ? packOfAnother(source, character) : source;
  const entries = dataEntries(base.data).map((entry) => ({ ...entry, source: another(entry.source) }));
  const made = entries.some(({ source }) => isPackReference(source));
  const own = base.evaluation.data;
  return {
    ...base,
    name: nameOfFile(`${pack.character.toLowerCase()}.yaml`, "character"),
    task: "corpus",
    data: made ? entries : `pack:${character}`,
    evaluation: own === undefined ? base.evaluation : { ...base.evaluation, data: another(own) },
  };
}
