import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { closest, ParrotletError, type Storage } from "../base/index.ts";
import { Run, type Workspace } from "../workspace/index.ts";
import { FileStorage } from "./file-storage.ts";
import { starterNames, starterStorage } from "./starters.ts";

/** A checkpoint folder, and the run that it belongs to, if any. */
export interface FoundModel {
  readonly storage: Storage;
  readonly folder: string;
  /** How to call it: `tinytalks@2000`, or a folder's name. */
  readonly label: string;
  readonly run: Run | undefined;
  readonly step: number | undefined;
  /** It came with the program. @default false */
  readonly starter?: boolean;
}

/**
 * The model that a person means: `NAME`, `NAME@STEP`, `NAME@newest`, a model that was brought in, a starter that comes with the program, the path of a run, of
 * a checkpoint folder or of a file in one; without a name, the best checkpoint of the run that was trained last, and where there
 * is none, the starter.
 *
 * @throws {ParrotletError} `model-not-found`, with what was looked for and what there is.
 */
export async function findModel(workspace: Workspace, reference?: string): Promise<FoundModel> {
  if (reference === undefined) {
    for (const { name } of await workspace.summaries()) {
      const found = await inRun(await workspace.run(name), "best");
      if (found) return found;
    }
    const [first] = await starterNames();
    if (first !== undefined) return starter(first);
    const message = `There is no trained model in ${workspace.storage.describe("runs")} yet. Train one: parrotlet train tinytalks`;
    throw new ParrotletError("model-not-found", message);
  }
  const [name = "", at = "best"] = /^(.+?)(?:@(.+))?$/.exec(reference)?.slice(1) ?? [];
  const names = await workspace.runNames();
  const found = names.includes(name)
    ? await checkpointOf(await workspace.run(name), at)
    : ((await importedModel(workspace, reference)) ?? (await modelOutside(reference)));
  if (found) return found;
  throw await notFound(workspace, reference, name, names);
}

/** With what was looked for and what there is. */
async function notFound(
  workspace: Workspace,
  reference: string,
  name: string,
  names: readonly string[],
): Promise<ParrotletError> {
  const starters = await starterNames();
  const imported = await importedNames(workspace);
  const meant = closest(name, [...names, ...imported, ...starters]);
  const message = [
    `No model is called ${JSON.stringify(reference)}: it is neither a run in ${workspace.storage.describe("runs")}`,
    `nor a folder with config.json and model.safetensors.${meant ? ` Did you mean ${meant}?` : ""}`,
    ...(imported.length > 0 ? [`Brought in were ${imported.join(", ")}.`] : []),
    ...(starters.length > 0 ? [`With the program came ${starters.join(", ")}.`] : []),
    names.length > 0
      ? `There are ${names.join(", ")}.`
      : "There is no run yet. Train one: parrotlet train tinytalks",
  ];
  return new ParrotletError("model-not-found", message.join(" "));
}

/**
 * A checkpoint of a run.
 *
 * @param at A step, `best` or `newest`.
 * @throws {ParrotletError} `model-not-found`, with the steps that there are.
 */
export async function checkpointOf(run: Run, at: string): Promise<FoundModel> {
  const found = await inRun(run, at);
  if (found) return found;
  throw new ParrotletError(
    "model-not-found",
    `${run.name} has no checkpoint yet. Go on with it: parrotlet resume ${run.name}`,
  );
}

async function inRun(run: Run, at: string): Promise<FoundModel | undefined> {
  const steps = await run.checkpoints();
  if (steps.length === 0) return undefined;
  const step = at === "best" ? await run.bestStep() : at === "newest" ? steps.at(-1) : Number(at);
  if (step === undefined || !steps.includes(step)) {
    const message = `${run.name} has no checkpoint of step ${at}. It has ${steps.join(", ")}.`;
    throw new ParrotletError("model-not-found", message);
  }
  return { storage: run.storage, folder: run.checkpointPath(step), label: `${run.name}@${step}`, run, step };
}

/** The names of the models that `parrotlet import` brought into a workspace. */
export async function importedNames({ storage }: Workspace): Promise<string[]> {
  const entries = await storage.list("models");
  const folders = entries.filter(({ name, kind }) => kind === "folder" && !name.startsWith("."));
  const ours = await Promise.all(folders.map(({ name }) => isOurs(storage, `models/${name}`)));
  return folders.flatMap(({ name }, index) => (ours[index] ? [name] : []));
}

/** Models of other programs may lie there, too: a folder of ONNX has no weights that we read. */
async function isOurs(storage: Storage, folder: string): Promise<boolean> {
  const holds = (await storage.list(folder)).map(({ name }) => name);
  return holds.includes("config.json") && holds.some((name) => /^model.*\.safetensors/.test(name));
}

/** A model that was brought in, by its name. */
export async function importedModel(workspace: Workspace, name: string): Promise<FoundModel | undefined> {
  if (!(await importedNames(workspace)).includes(name)) return undefined;
  const { storage } = workspace;
  return { storage, folder: `models/${name}`, label: name, run: undefined, step: undefined };
}

/** A model that is in no workspace: a starter by its name, or a path. */
export async function modelOutside(reference: string): Promise<FoundModel | undefined> {
  return (await starterNames()).includes(reference) ? starter(reference) : atPath(resolve(reference));
}

const starter = (name: string): FoundModel => ({
  storage: starterStorage(),
  folder: name,
  label: name,
  run: undefined,
  step: undefined,
  starter: true,
});

async function atPath(path: string): Promise<FoundModel | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const folder = found.isDirectory() ? path : dirname(path);
  const storage = new FileStorage(dirname(folder));
  const name = basename(folder);
  const holds = (await storage.list(name)).map((entry) => entry.name);
  if (holds.includes("config.json"))
    return { storage, folder: name, label: name, run: undefined, step: undefined };
  if (holds.includes("checkpoints")) return inRun(new Run(storage, name, name), "best");
  return undefined;
}
