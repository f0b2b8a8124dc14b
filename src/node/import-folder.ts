import { readdir, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type ByteSource, isName, NAME_RULE, nameKey, ParrotletError, shown } from "../base/index.ts";
import { type ImportedModel, type ImportOptions, importModel } from "../checkpoint/index.ts";
import type { Workspace } from "../workspace/index.ts";
import { fileSource } from "./file-source.ts";
import { explained } from "./file-storage.ts";
import { starterNames } from "./starters.ts";

export interface ImportFolderOptions extends Pick<ImportOptions, "onProgress" | "signal"> {
  /** What the model is to be called. @default the folder's name */
  readonly name?: string | undefined;
}

/**
 * Brings a Hugging Face folder into the workspace, as `models/NAME`. A name that is taken, by a model, a run or a starter, gets a number.
 *
 * @throws {ParrotletError} Those of `importModel`; `model-not-found`, `bad-name`.
 */
export async function importFolder(
  workspace: Workspace,
  folder: string,
  { name, ...options }: ImportFolderOptions = {},
): Promise<ImportedModel & { readonly name: string }> {
  const source = { name: folder, files: await filesOf(folder) };
  const { storage } = workspace;
  await removeLeftovers(workspace);
  const free = await freeName(workspace, name ?? nameFor(folder), name !== undefined);
  const temporary = `models/.${free}.${process.pid}.tmp`;
  const imported = await importModel(source, { ...options, storage, temporary, folder: `models/${free}` });
  return { ...imported, name: free };
}

/** The files of a folder. What is linked counts too: the cache of the Hub is full of links. */
async function filesOf(folder: string): Promise<Map<string, ByteSource>> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    const message = found
      ? `${folder} is a file; a folder with config.json, tokenizer.json and model.safetensors is wanted.`
      : `There is no folder ${folder}.`;
    throw new ParrotletError("model-not-found", message);
  }
  const files = new Map<string, ByteSource>();
  for (const name of (await explained(folder, readdir(folder))).sort()) {
    const path = resolve(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) files.set(name, await fileSource(path));
  }
  return files;
}

/** A folder's name without what no name may have. */
const nameFor = (folder: string): string =>
  basename(resolve(folder))
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .slice(0, 60) || "model";

async function freeName(workspace: Workspace, wanted: string, given: boolean): Promise<string> {
  if (!isName(wanted)) {
    const advice = given ? "" : " Name the model with --name.";
    throw new ParrotletError("bad-name", `${shown(wanted)} cannot be a name. Use ${NAME_RULE}.${advice}`);
  }
  const models = await workspace.storage.list("models");
  const names = [
    ...(await workspace.runNames()),
    ...(await starterNames()),
    ...models.map(({ name }) => name),
  ];
  const taken = new Set(names.map(nameKey));
  for (let number = 1; ; number++) {
    const free = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(nameKey(free))) return free;
  }
}

/** What an import left half-written whose process is gone. */
async function removeLeftovers({ storage }: Workspace): Promise<void> {
  for (const { name } of await storage.list("models")) {
    const id = /^\..*\.(\d+)\.tmp$/.exec(name)?.[1];
    if (id !== undefined && !isAlive(Number(id))) await storage.remove(`models/${name}`);
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
