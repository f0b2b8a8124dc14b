import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder: two up from src/node/ and from dist/node/ alike. */
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** What comes with the program, each kind in a folder of its name. */
export type ShippedKind = "recipes" | "corpora" | "packs";

/** Beside the characters: what all of them share. */
const SHARED = "manners";

/** The names of the recipes, of the corpora, or of the characters among the packs, that come with the program. */
export async function shipped(kind: ShippedKind): Promise<string[]> {
  const files = await readdir(shippedFolder(kind)).catch(() => []);
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .filter((name) => kind !== "packs" || name !== SHARED)
    .sort();
}

export const shippedFolder = (kind: ShippedKind): string => resolve(PACKAGE, kind);

export const shippedPath = (kind: ShippedKind, name: string): string =>
  resolve(PACKAGE, kind, `${name}.yaml`);
