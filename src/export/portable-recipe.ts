import { dataEntries, type Recipe } from "../train/index.ts";

/** A source as others may read it: of a path only the last part, since the rest says where somebody keeps their files. */
export function portableSource(source: string): string {
  if (source.startsWith("hf:")) return source;
  if (source.startsWith("pack:")) return source.replace(/^pack:.*[\\/](?=[^\\/]*\.ya?ml)/i, "pack:");
  return (
    source
      .split(/[\\/]+/)
      .filter((part) => part !== "")
      .at(-1) ?? source
  );
}

/** A recipe without paths of the machine on which it was used. */
export function portableRecipe(recipe: Recipe): Recipe {
  const { data, from, evaluation } = recipe;
  return {
    ...recipe,
    data:
      typeof data === "string"
        ? portableSource(data)
        : dataEntries(data).map((entry) => ({ ...entry, source: portableSource(entry.source) })),
    ...(from ? { from: { ...from, model: portableSource(from.model) } } : {}),
    evaluation: {
      ...evaluation,
      ...(evaluation.data === undefined ? {} : { data: portableSource(evaluation.data) }),
    },
  };
}
