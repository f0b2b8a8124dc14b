import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type ByteSource, lastPart, ParrotletError } from "../../base/index.ts";
import {
  contentsHash,
  createFilters,
  type Reading,
  type ReadingReport,
  type ReadProblem,
  readAll,
} from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";
import { folderSources } from "../folder-sources.ts";
import type { HubProgress } from "../hub/fetch-files.ts";
import { openHubDataset } from "../hub/open-dataset.ts";
import type { OpenedSource } from "./opened-source.ts";
import { absolutePack, isPackReference } from "./pack-reference.ts";
import { openPackSource } from "./pack-source.ts";

export interface OpenSourceOptions {
  /** How far the download of a dataset is. */
  readonly onDownload?: ((progress: HubProgress) => void) | undefined;
  /** Something that a person should know, in a sentence. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Ends a download; what is there is kept. */
  readonly signal?: AbortSignal | undefined;
}

const HUB = /^hf:/;
/** Problems that are kept. */
const PROBLEMS = 10;

/** What `data` says in full: a path that does not depend on the folder that one is in. */
export const absoluteSource = (source: string, base = "."): string => {
  if (isPackReference(source)) return absolutePack(source, base);
  return HUB.test(source) || isAbsolute(source) ? source : resolve(base, source);
};

/**
 * Opens what a recipe learns from.
 *
 * @throws {ParrotletError} `data-not-found`; those of `readAll`, `createFilters`, `openHubDataset` and `openPackSource`.
 */
export async function openSource(
  name: string,
  recipe: Pick<Recipe, "reading" | "filters">,
  options: OpenSourceOptions = {},
): Promise<OpenedSource> {
  if (isPackReference(name)) return openPackSource(name, recipe);
  if (!HUB.test(name)) return openFiles(name, await localFiles(name), recipe);
  const { onDownload, onNotice, signal } = options;
  const dataset = await openHubDataset(name, {
    ...(onDownload && { onProgress: onDownload }),
    ...(onNotice && { onNotice }),
    ...(signal && { signal }),
  });
  const { pinned, revision, license, files, validation } = dataset;
  return {
    ...(await openFiles(name, files, recipe)),
    hub: { pinned, revision, license },
    ...(validation && { validation: await openFiles(name, validation, recipe) }),
  };
}

async function openFiles(
  name: string,
  sources: readonly ByteSource[],
  { reading, filters }: Pick<Recipe, "reading" | "filters">,
): Promise<OpenedSource> {
  const read = { bytes: 0 };
  const all = sources.map((source) => counted(source, read));
  const everything = await readAll(all, reading);
  const about = filesAboutData(everything.readings);
  const files = all.filter(({ name }) => !about.has(name));
  const { readings, unused, items } = about.size > 0 ? await readAll(files, reading) : everything;
  let filtering = await createFilters(filters);
  let [conversational, identity]: [boolean | undefined, string | undefined] = [undefined, undefined];
  return {
    name,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    about: aboutAll(readings),
    readings,
    identity: async () => {
      identity ??= (await Promise.all(files.map(contentsHash))).join();
      return identity;
    },
    conversational: async () => {
      conversational ??= await anyConversation(readings, files.length === 1);
      return conversational;
    },
    async *items() {
      filtering = await createFilters(filters);
      read.bytes = 0;
      for await (const item of items()) {
        const kept = filtering.apply(item);
        if (kept) yield kept;
      }
    },
    bytesRead: () => read.bytes,
    reports: () => filtering.reports(),
    problems: () => allProblems(readings, unused),
  };
}

const ABOUT_DATA =
  /^(read[_-]?me|licen[cs]e|copying|copyright|notice|authors|contributing|changelog|citation)\b[^\\/]*$/i;

/** A README or a licence beside records or chats is about them, and nothing to learn; among documents it is one of them. */
function filesAboutData(readings: readonly Reading[]): ReadonlySet<string> {
  const isDocument = ({ format }: Reading): boolean => format === "text" || format === "markdown";
  if (readings.every(isDocument)) return new Set();
  return new Set(
    readings.filter(isDocument).flatMap(({ file }) => (ABOUT_DATA.test(lastPart(file)) ? [file] : [])),
  );
}

/** A source that counts what is read of it. */
const counted = (source: ByteSource, read: { bytes: number }): ByteSource => ({
  name: source.name,
  size: source.size,
  read: (from, to) => {
    read.bytes += to - from;
    return source.read(from, to);
  },
});

/** "3 files of plain text, 1 of CSV of texts": the most frequent kinds first. */
function aboutAll(readings: readonly Reading[]): string {
  const kinds = new Map<string, number>();
  for (const { about } of readings) {
    const short = readings.length === 1 ? about : about.replace(/:.*/, "");
    kinds.set(short, (kinds.get(short) ?? 0) + 1);
  }
  const sorted = [...kinds].sort(([, a], [, b]) => b - a);
  if (readings.length === 1) return sorted.map(([about]) => about).join();
  return sorted
    .map(([about, files], i) => `${files} ${i > 0 ? "" : files === 1 ? "file " : "files "}of ${about}`)
    .join(", ");
}

/** By the first item of each file. Among several files, those that cannot be read say nothing. */
async function anyConversation(readings: readonly Reading[], alone: boolean): Promise<boolean> {
  for (const reading of readings) {
    try {
      for await (const { kind } of reading.items()) {
        if (kind === "conversation") return true;
        break;
      }
    } catch (error) {
      if (alone || !(error instanceof ParrotletError)) throw error;
    }
  }
  return false;
}

function allProblems(
  readings: readonly Reading[],
  unused: readonly ReadProblem[],
): ReadingReport["problems"] {
  const first = [...unused, ...readings.flatMap(({ problems }) => problems.slice(0, PROBLEMS))];
  const count = readings.reduce((sum, { problemCount }) => sum + problemCount, unused.length);
  return { count, first: first.slice(0, PROBLEMS) };
}

async function localFiles(path: string): Promise<ByteSource[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const message = `The data ${path} are not there. Put them back, or name others with data: in the recipe.`;
    throw new ParrotletError("data-not-found", message);
  }
  return folderSources(path);
}
