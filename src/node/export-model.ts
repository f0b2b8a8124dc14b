import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { ParrotletError, type Storage, shown } from "../base/index.ts";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/index.ts";
import type { CorpusReport, SourceReport } from "../data/index.ts";
import type { Device } from "../engine/index.ts";
import {
  type CardExam,
  type CardSource,
  type ExportTarget,
  type ExportType,
  exportCard,
  exportFiles,
  type HowToOpen,
  howToOpen,
} from "../export/index.ts";
import { dataEntries, type Recipe } from "../train/index.ts";
import { recipeOf } from "../workspace/index.ts";
import { isPackReference } from "./corpus/pack-reference.ts";
import { readExam } from "./exam/exam-files.ts";
import { characterOf, openSuite } from "./exam/open-suite.ts";
import { FileStorage } from "./file-storage.ts";
import type { FoundModel } from "./find-model.ts";
import { shipped } from "./shipped.ts";

export interface ExportModelOptions {
  readonly found: FoundModel;
  readonly to: ExportTarget;
  /** @default "f32" */
  readonly type?: ExportType | undefined;
  /** The folder to be written. */
  readonly out: string;
  /** What an export wrote there before is replaced. @default false */
  readonly force?: boolean | undefined;
  readonly device: Device;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface ExportedModel {
  readonly folder: string;
  readonly to: ExportTarget;
  readonly type: ExportType;
  /** By their paths in the folder. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly open: HowToOpen;
}

/**
 * Writes a model for other programs: a folder with its files and a model card. All of it is written under another name, which is then
 * changed, so that nothing half is ever there.
 *
 * @throws {ParrotletError} Those of `loadCheckpoint` and `exportFiles`; `folder-taken`. The reason of `signal`.
 */
export async function exportModel(options: ExportModelOptions): Promise<ExportedModel> {
  const { found, to, type = "f32", out, force = false, device, signal } = options;
  const path = resolve(out);
  const [storage, name] = [new FileStorage(dirname(path)), basename(path)];
  const taken = await checkFree(storage, name, force);
  const checkpoint = await loadCheckpoint(found.storage, found.folder, device);
  try {
    const facts = await factsOf(found, checkpoint);
    const own = found.label.replace(/@.*/, "");
    const card = exportCard({
      name: own,
      folder: name,
      to,
      type,
      version: await programVersion(),
      checkpoint,
      ...facts,
    });
    signal?.throwIfAborted();
    const files = exportFiles(checkpoint, { to, type, name: own, card });
    await writeFolder(storage, name, files, taken, signal);
    const sizes = [...files].map(([file, bytes]) => ({ name: file, bytes: bytes.length }));
    return { folder: path, to, type, files: sizes, open: howToOpen(checkpoint, to, out, own) };
  } finally {
    checkpoint.weights.release();
  }
}

/** What exports and checkpoints have: a folder of nothing else may be replaced. */
const OURS =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map)\.json$|\.(safetensors|gguf)$|^README\.md$|^onnx$/;

/** Whether there is an export to be replaced. */
async function checkFree(storage: Storage, name: string, force: boolean): Promise<boolean> {
  const holds = (await storage.list(name)).map((entry) => entry.name);
  const other = holds.find((each) => !OURS.test(each));
  if (holds.length === 0 || (force && other === undefined)) return holds.length > 0;
  const why = force ? `holds ${shown(other)}, which no export writes: it is not replaced` : "is not empty";
  const advice = force ? "" : ", or replace an earlier export with --force";
  const message = `${storage.describe(name)} ${why}. Take another folder with --out${advice}.`;
  throw new ParrotletError("folder-taken", message);
}

async function writeFolder(
  storage: Storage,
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
  taken: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const temporary = `.${name}.${process.pid}.tmp`;
  const before = `.${name}.${process.pid}.old.tmp`;
  try {
    for (const [file, bytes] of files) {
      signal?.throwIfAborted();
      await storage.write(`${temporary}/${file}`, bytes);
    }
    signal?.throwIfAborted();
    if (taken) await storage.move(name, before);
    else await storage.remove(name); // an empty folder, if any
    await storage.move(temporary, name);
    await storage.remove(before);
  } catch (error) {
    await storage.remove(temporary).catch(() => {}); // the first error says more
    throw error;
  }
}

interface Facts {
  readonly recipe?: Recipe;
  readonly sources?: readonly CardSource[];
  readonly exam?: CardExam;
  readonly language?: string;
}

/** What the model's run knows of it. */
async function factsOf(found: FoundModel, { training }: Checkpoint): Promise<Facts> {
  const recipe = found.run ? await found.run.recipe() : training && recipeOf(training);
  if (!recipe) return {};
  const report = await found.run?.dataReport();
  const sources = await sourcesOf(recipe, report);
  const exam = await examOf(found, recipe);
  const language =
    recipe.filters.language ?? (sources.every(({ license }) => license === OWN) ? "en" : undefined);
  return { recipe, sources, ...(exam ? { exam } : {}), ...(language === undefined ? {} : { language }) };
}

/** The licence of this program, and so of the data that come with it. */
const OWN = "mit";

async function sourcesOf(recipe: Recipe, report: CorpusReport | undefined): Promise<CardSource[]> {
  const corpora = await shipped("corpora");
  return Promise.all(
    dataEntries(recipe.data).map(async ({ source }, index): Promise<CardSource> => {
      const told = reportOf(report, source, index);
      const license = corpora.includes(source) || (await isShippedPack(source)) ? OWN : told?.hub?.license;
      return {
        source,
        about: told?.about,
        bytes: told?.bytes,
        license,
        revision: told?.hub?.revision,
      };
    }),
  );
}

/** A file of the run says it: of another kind it counts for nothing. */
function reportOf(report: CorpusReport | undefined, source: string, index: number): SourceReport | undefined {
  const sources: unknown = report?.sources;
  if (!Array.isArray(sources)) return undefined;
  const told = sources[index] as SourceReport | undefined;
  return told?.source === source ? told : undefined;
}

async function isShippedPack(source: string): Promise<boolean> {
  if (!isPackReference(source)) return false;
  const name = characterOf({ data: source });
  return name !== undefined && (await shipped("packs")).includes(name);
}

/** The exam that was kept with the run, if the model took the one of its character. */
async function examOf(found: FoundModel, recipe: Recipe): Promise<CardExam | undefined> {
  const character = characterOf(recipe);
  if (character === undefined || !found.run) return undefined;
  try {
    const suite = await openSuite(character);
    const report = await readExam(found, suite);
    if (!report) return undefined;
    const parts = Object.entries(report.scores.parts).map(([name, { right, asked }]) => {
      const overlap = report.overlap?.parts[name as keyof typeof report.overlap.parts];
      return { name, right, questions: asked, inTraining: overlap?.exact };
    });
    return { suite: report.suite.name, parts };
  } catch (error) {
    if (error instanceof ParrotletError) return undefined; // its character is not there any more
    throw error;
  }
}

async function programVersion(): Promise<string> {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}
