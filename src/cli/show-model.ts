import { loadCheckpoint } from "../checkpoint/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { type FoundModel, modelBytes } from "../node/index.ts";
import { checkRecipe, dataEntries } from "../train/index.ts";
import { bytes, count, counted, EXIT, figure, harmless, oneLine, print, printJson } from "./terminal.ts";

/** Shows a model that is no run: what it is, where it comes from and how good it is. */
export async function showModel(
  { storage, folder, label }: FoundModel,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const { model, weights, training } = await loadCheckpoint(storage, folder, new ReferenceDevice());
  const { config } = model;
  const parameters = weights.layout.count;
  const size = await modelBytes({ storage, folder });
  const where = storage.describe(folder);
  if (json) {
    printJson({ name: label, folder: where, bytes: size, parameters, model: config, training });
    return EXIT.ok;
  }
  const line = (name: string, text: string): void =>
    print(`  ${name.padEnd(10)}  ${harmless(oneLine(text))}`);
  print(`${label}: a model`);
  line("folder", where);
  line("size", `${bytes(size)}${training?.shrunk ? `, weights as ${training.shrunk.to}` : ""}`);
  line(
    "model",
    `${config.preset}, width ${config.width}, ${counted(config.layers, "layer")}, ${counted(config.heads, "head")}, context ${config.contextWindow}, ${count(parameters)} parameters`,
  );
  if (!training) {
    line("training", "nothing is known of it");
    return EXIT.ok;
  }
  const recipe = checkRecipe(training.recipe);
  const { step, scores, character } = training;
  if (character !== undefined) line("character", character);
  const sources = dataEntries(recipe.data).map(({ source }) => source);
  line("training", `step ${count(step)} of the recipe ${recipe.name}, on ${sources.join(", ")}`);
  if (recipe.from) line("from", recipe.from.model);
  line("loss", `${figure(scores.loss)}${before(training.shrunk?.lossBefore)}`);
  if (scores.bitsPerByte !== undefined) line("", `${scores.bitsPerByte.toFixed(3)} bits per byte`);
  if (scores.pairs > 0) line("", `${scores.perfect} of ${counted(scores.pairs, "answer")} perfect`);
  return EXIT.ok;
}

const before = (loss: unknown): string =>
  typeof loss === "number" ? `, before the weights were shrunk ${figure(loss)}` : "";
