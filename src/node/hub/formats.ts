/** The endings of files that have something to learn from, by what reads them. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  parquet: [".parquet"],
  jsonl: [".jsonl", ".ndjson"],
  json: [".json"],
  csv: [".csv"],
  tsv: [".tsv"],
  text: [".txt", ".md", ".markdown"],
  yaml: [".yaml", ".yml"],
};

/** What describes a repository rather than being its data. */
const ABOUT =
  /^(readme|license|licence|citation|contributing|changelog|notice|code_of_conduct)\b|^(dataset_infos?|dataset_dict|state|package|package-lock|tsconfig|croissant|metadata)\.json$/i;

export type Compression = "gz" | "zst";

/** How a file is compressed, by its name. */
export function compressionOf(path: string): Compression | undefined {
  return /\.(gz|zst)$/i.exec(path)?.[1]?.toLowerCase() as Compression | undefined;
}

/** A file's name without the ending of a compression. */
export const uncompressedName = (path: string): string => path.replace(/\.(gz|zst)$/i, "");

/** Which readers' file it is, by its name. */
export function familyOf(path: string): string | undefined {
  const name = uncompressedName(path).toLowerCase();
  return Object.keys(FAMILIES).find((family) => FAMILIES[family]?.some((ending) => name.endsWith(ending)));
}

/** Whether a file is there to learn from: readable, not hidden, not about the repository. */
export function isData(path: string): boolean {
  const parts = path.split("/");
  return (
    familyOf(path) !== undefined &&
    !parts.some((part) => /^[._]/.test(part)) &&
    !ABOUT.test(parts.at(-1) ?? "")
  );
}

/**
 * Files of one format: repositories often give the same data in several. Parquet where there is any, since it is the smallest
 * to fetch; else the format with the most bytes.
 */
export function ofOneFormat<T extends { readonly path: string; readonly size: number }>(
  files: readonly T[],
): T[] {
  const bytes = new Map<string, number>();
  for (const { path, size } of files) {
    const family = familyOf(path) ?? "";
    bytes.set(family, (bytes.get(family) ?? 0) + size);
  }
  const [best] = bytes.has("parquet")
    ? ["parquet"]
    : Object.keys(FAMILIES)
        .filter((family) => bytes.has(family))
        .sort((a, b) => (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0));
  return files.filter(({ path }) => familyOf(path) === best);
}

export const READABLE: string = `${Object.values(FAMILIES).flat().join(", ")}, and these with .gz or .zst`;
