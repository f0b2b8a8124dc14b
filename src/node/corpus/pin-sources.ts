import type { CorpusReport } from "../../data/index.ts";
import { dataEntries, type Recipe } from "../../train/index.ts";

/** A recipe whose datasets of the Hub are named with their commits: it goes on with the same data, whatever becomes of them. */
export function pinSources(recipe: Recipe, { sources, validation }: CorpusReport): Recipe {
  const { data, evaluation } = recipe;
  const entries = dataEntries(data).map((entry, i) => ({
    ...entry,
    source: sources[i]?.hub?.pinned ?? entry.source,
  }));
  const own = evaluation.data && (validation[0]?.hub?.pinned ?? evaluation.data);
  return {
    ...recipe,
    data: typeof data === "string" ? (entries[0]?.source ?? data) : entries,
    evaluation: own ? { ...evaluation, data: own } : evaluation,
  };
}
