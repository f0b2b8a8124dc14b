import { isName, largest, lastPart } from "../base/index.ts";
import type { Corpus } from "../data/index.ts";
import type { Recipe } from "./recipe.ts";

/** Tokens around the question and the answer: `<bos>`, `<sep>`, `<eos>`. */
const FRAME = 3;

/** `base` for other data of the same kind: named after its file, with a context window that the longest row fits. */
export function recipeForCorpus(base: Recipe, corpus: Corpus, file: string): Recipe {
  const lengths = corpus.pairs.map(
    ({ question, answer }) => [...question].length + [...answer].length + FRAME,
  );
  const contextWindow = Math.max(base.model.contextWindow, Math.ceil(largest(lengths) / 16) * 16);
  return {
    ...base,
    name: nameOfFile(file, "pairs"),
    data: file,
    model: { ...base.model, contextWindow },
  };
}

/** What to call a training on a file, a folder or a dataset. */
export function nameOfFile(file: string, otherwise: string): string {
  const stem = lastPart(file).replace(/\.[^.]+$/, "");
  const name = stem
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, "-")
    .replaceAll(/^[_-]+|[_-]+$/g, "")
    .slice(0, 60);
  return isName(name) ? name : otherwise;
}
