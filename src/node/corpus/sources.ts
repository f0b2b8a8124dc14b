import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type ByteSource, ParrotletError } from "../../base/index.ts";
import { contentsHash, createFilters, type FilterReport, type Item, readAll } from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";
import { folderSources } from "../folder-sources.ts";
import { openHubDataset } from "../hub/open-dataset.ts";

/** Data as a recipe names them: files, a folder, or a dataset of the Hub. */
export interface OpenedSource {
  readonly name: string;
  /** Tells the contents apart from any others. */
  readonly identity: string;
  /** UTF-8 bytes or so, for progress. */
  readonly bytes: number;
  /** What was found, for people: "12 files of plain text". */
  readonly about: string;
  /** Whether there are conversations in it, by the first item of each file. */
  conversational(): Promise<boolean>;
  /** What is read and not filtered out; each call reads it from the start. */
  items(): AsyncGenerator<Item, void>;
  /** What each filter did, once the items were read. */
  reports(): readonly FilterReport[];
}

const HUB = /^hf:/;

/** What `data` says in full: a path that does not depend on the folder that one is in. */
export const absoluteSource = (source: string, base = "."): string =>
  HUB.test(source) || isAbsolute(source) ? source : resolve(base, source);

/**
 * Opens what a recipe learns from.
 *
 * @throws {ParrotletError} `data-not-found`; those of `readAll`, `createFilters` and `openHubDataset`.
 */
export async function openSource(
  name: string,
  { reading, filters }: Pick<Recipe, "reading" | "filters">,
): Promise<OpenedSource> {
  const files = HUB.test(name) ? (await openHubDataset(name)).files : await localFiles(name);
  const readings = await readAll(files, reading);
  let filtering = await createFilters(filters);
  const kinds = new Set(readings.readings.map(({ about }) => about));
  return {
    name,
    identity: (await Promise.all(files.map(contentsHash))).join(),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    about: `${files.length === 1 ? "" : `${files.length} files of `}${[...kinds].join(", ")}`,
    conversational: async () => {
      for (const reading of readings.readings) {
        for await (const { kind } of reading.items()) {
          if (kind === "conversation") return true;
          break;
        }
      }
      return false;
    },
    async *items() {
      filtering = await createFilters(filters);
      for await (const item of readings.items()) {
        const kept = filtering.apply(item);
        if (kept) yield kept;
      }
    },
    reports: () => filtering.reports(),
  };
}

async function localFiles(path: string): Promise<ByteSource[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const message = `The data ${path} are not there. Put them back, or name others with data: in the recipe.`;
    throw new ParrotletError("data-not-found", message);
  }
  return folderSources(path);
}
