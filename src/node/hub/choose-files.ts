import { closest, ParrotletError, shown } from "../../base/index.ts";
import type { HubConfig } from "./card.ts";
import { familyOf, isData, ofOneFormat, READABLE } from "./formats.ts";
import { isGlob, matchesGlob } from "./glob.ts";
import { type HubReference, writtenReference } from "./reference.ts";
import type { HubDescription, HubFile } from "./repository.ts";
import { bySplit, usualSplit, validationFor } from "./splits.ts";

/** What of a repository to learn from. */
export interface HubChoice {
  readonly train: readonly HubFile[];
  /** What the repository itself keeps apart for validation; empty where it names nothing. */
  readonly validation: readonly HubFile[];
  /** Files of the same part in other formats, left out. */
  readonly leftOut: readonly HubFile[];
}

/**
 * The files that a reference means: those of its path; else of its config and split, which the repository's card names or else
 * the paths of its files do.
 *
 * @throws {ParrotletError} `hub-choose` where several configs or splits might be meant, `hub-not-found`, `hub-no-data`.
 */
export function chooseFiles(description: HubDescription, reference: HubReference): HubChoice {
  if (reference.path !== undefined) return byPath(description, reference, reference.path);
  const splits = splitsOf(description, reference);
  if (splits.size === 0) throw nothing(reference, description.files);
  return chosen(splits, reference);
}

function byPath({ files }: HubDescription, reference: HubReference, path: string): HubChoice {
  if (reference.config) {
    throw new ParrotletError(
      "hub-reference",
      `${shown(reference.text)} gives both a path and a config. The path says all: leave ?config= away.`,
    );
  }
  const exact = files.find((file) => file.path === path);
  const found = exact
    ? [exact]
    : files.filter((file) => isBelow(file.path, path) || (isGlob(path) && matchesGlob(file.path, path)));
  if (found.length === 0) throw noPath(reference, path, files);
  const data = exact ? found.filter((file) => familyOf(file.path)) : found.filter(isDataFile);
  if (data.length === 0) throw nothing(reference, found);
  if (exact || isGlob(path)) return { ...oneFormat(data), validation: [] };
  return chosen(bySplit(data), reference);
}

function chosen(splits: ReadonlyMap<string, readonly HubFile[]>, reference: HubReference): HubChoice {
  const names = [...splits.keys()];
  const wanted = reference.split ?? splitForTraining(names);
  const split = splits.has(wanted) ? wanted : usualSplit(wanted);
  const files = splits.get(split);
  if (!files) throw choose(reference, "split", names);
  const validation = validationFor(split, names);
  const { train, leftOut } = oneFormat(files);
  return { train, leftOut, validation: validation ? ofOneFormat(splits.get(validation) ?? []) : [] };
}

/** `train`, or the only one that begins so, or the only one. */
function splitForTraining(names: readonly string[]): string {
  const likely = names.filter((name) => name.startsWith("train"));
  const [only] = names.length === 1 ? names : likely.length === 1 ? likely : [];
  return only ?? "train";
}

function oneFormat(files: readonly HubFile[]): { train: HubFile[]; leftOut: HubFile[] } {
  const train = ofOneFormat(files);
  return { train, leftOut: files.filter((file) => !train.includes(file)) };
}

function splitsOf({ files, configs }: HubDescription, reference: HubReference): Map<string, HubFile[]> {
  const data = files.filter(isDataFile);
  if (configs.length > 0) return ofConfig(pickConfig(configs, reference), data);
  const folders = configFolders(data);
  const named = folders.length > 0 ? folders : reference.config ? topFolders(data) : [];
  if (named.length === 0 && !reference.config) return bySplit(data);
  const { name } = pickConfig(
    named.map((folder) => ({ name: folder, isDefault: false, parts: [] })),
    reference,
  );
  return bySplit(data.filter(({ path }) => isBelow(path, name)));
}

function ofConfig({ parts, folder }: HubConfig, data: readonly HubFile[]): Map<string, HubFile[]> {
  const within = data.filter(({ path }) => folder === undefined || isBelow(path, folder));
  if (parts.length === 0) return bySplit(within);
  const inFolder = (path: string): string => (folder ? path.slice(folder.length + 1) : path);
  const splits = new Map<string, HubFile[]>();
  for (const { split, patterns } of parts) {
    const found = within.filter(({ path }) =>
      patterns.some((pattern) => matchesGlob(inFolder(path), pattern) || isBelow(inFolder(path), pattern)),
    );
    if (found.length > 0) splits.set(split, [...new Set([...(splits.get(split) ?? []), ...found])]);
  }
  return splits;
}

function pickConfig(configs: readonly HubConfig[], reference: HubReference): HubConfig {
  const picked = reference.config
    ? configs.find(({ name }) => name === reference.config)
    : (configs.find(({ isDefault }) => isDefault) ??
      configs.find(({ name }) => name === "default") ??
      (configs.length === 1 ? configs[0] : undefined));
  if (picked) return picked;
  throw choose(
    reference,
    "config",
    configs.map(({ name }) => name),
  );
}

/** Folders at the top that each name a part for training, where there are several: each is a dataset of its own. */
function configFolders(data: readonly HubFile[]): string[] {
  const namesTraining = (folder: string): boolean =>
    data.some(({ path }) => isBelow(path, folder) && /(^|[^a-z])train/i.test(path.slice(folder.length + 1)));
  const folders = topFolders(data).filter(namesTraining);
  return folders.length > 1 ? folders : [];
}

const topFolders = (data: readonly HubFile[]): string[] => [
  ...new Set(
    data.filter(({ path }) => path.includes("/")).map(({ path }) => path.slice(0, path.indexOf("/"))),
  ),
];

const isDataFile = ({ path }: HubFile): boolean => isData(path);
const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder.replace(/\/$/, "")}/`);

function choose(reference: HubReference, what: "config" | "split", names: readonly string[]): ParrotletError {
  const wanted = reference[what];
  const none = wanted ? `has no ${what} ${shown(wanted)}` : `has several ${what}s, and none is named`;
  const near = wanted === undefined ? undefined : closest(wanted, names);
  return new ParrotletError(
    "hub-choose",
    `${reference.dataset} ${none}. It has: ${listed(names)}. ` +
      `Write ${writtenReference({ ...reference, [what]: near ?? names[0] ?? "NAME" })}`,
  );
}

function noPath(reference: HubReference, path: string, files: readonly HubFile[]): ParrotletError {
  const paths = files.map((file) => file.path);
  const near = closest(path, paths) ?? paths.find((one) => one.endsWith(`/${path}`));
  const remedy = near ? `Did you mean ${near}?` : `It has: ${listed(paths)}.`;
  return new ParrotletError(
    "hub-not-found",
    `${reference.dataset} has no file or folder ${shown(path)}. ${remedy}`,
  );
}

const nothing = (reference: HubReference, files: readonly HubFile[]): ParrotletError =>
  new ParrotletError(
    "hub-no-data",
    `${reference.text} has no file to learn from. It has: ${listed(files.map(({ path }) => path)) || "nothing"}. ` +
      `Files that are read end in ${READABLE}. For other formats, the Hub often keeps a copy in Parquet: ` +
      `hf:${reference.dataset}@refs/convert/parquet`,
  );

const FEW = 24;
const listed = (names: readonly string[]): string =>
  names.slice(0, FEW).join(", ") + (names.length > FEW ? ` and ${names.length - FEW} more` : "");
