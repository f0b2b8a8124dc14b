import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { ParrotletError, shown } from "../../base/index.ts";
import { BackendDownError, UnableError } from "../../chat/index.ts";
import { hubSettings } from "../hub/settings.ts";
import {
  type HubModel,
  type HubTokenizer,
  type TransformersLibrary,
  transformersLibrary,
} from "./transformers-library.ts";

export const DTYPES = ["auto", "fp32", "fp16", "q8", "int8", "uint8", "q4", "bnb4", "q4f16"] as const;

export interface TransformersOptions {
  /** `OWNER/NAME` of the hub, or a folder. */
  readonly model: string;
  /** Which of the model's files: how its weights are written. @default "fp32" where the model has it, else what it says of itself */
  readonly dtype?: string | undefined;
  /** @default "cpu" */
  readonly device?: "cpu" | "webgpu" | (string & {}) | undefined;
  /** Where models from the hub are kept. @default "transformers.js" beside the cache of Hugging Face's other programs */
  readonly cacheFolder?: string | undefined;
}

export interface LoadedTransformer {
  readonly library: TransformersLibrary;
  readonly model: HubModel;
  readonly tokenizer: HubTokenizer;
  /** What a person calls it. */
  readonly name: string;
}

/** The library's settings are global, so models are opened one after the other. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Opens a model from a folder, from the cache of Hugging Face's other programs, or from the hub.
 *
 * @throws {ParrotletError} `backend-missing`, `model-not-found`, `backend-down`, `unable`, `out-of-memory`, `backend-failed`, `generation-config`.
 */
export function loadTransformer(options: TransformersOptions): Promise<LoadedTransformer> {
  const { dtype } = options;
  if (dtype !== undefined && !DTYPES.some((known) => known === dtype)) {
    const message = `dtype is ${shown(dtype)}; it must be one of ${DTYPES.join(", ")}.`;
    return Promise.reject(new ParrotletError("bad-dtype", message));
  }
  const loading = last.then(() => load(options));
  last = loading.catch(() => {});
  return loading;
}

async function load({
  model: reference,
  dtype,
  device = "cpu",
  cacheFolder,
}: TransformersOptions): Promise<LoadedTransformer> {
  const library = await transformersLibrary();
  const { env } = library;
  const settings = await hubSettings();
  const folder = folderOf(reference) ?? (await snapshotOf(settings.cache, reference));
  if (!folder && !/^[\w.-]+(\/[\w.-]+)?$/.test(reference))
    throw notFound(reference, "there is no such folder, and a model of the hub is named OWNER/NAME");
  env.allowLocalModels = folder !== undefined;
  env.localModelPath = folder ? dirname(folder) + sep : "";
  env.allowRemoteModels = !folder && !settings.offline;
  env.remoteHost = `${settings.endpoint}/`;
  env.cacheDir = cacheFolder ?? join(dirname(settings.cache), "transformers.js");
  const id = folder ? basename(folder) : reference;
  const name = folderOf(reference) ? id : reference; // without its folder, which is nobody's business whom a server tells of an error
  try {
    const tokenizer = await library.AutoTokenizer.from_pretrained(id, {});
    const kind = dtype ?? "fp32";
    const options = kind === "auto" ? { device } : { device, dtype: kind };
    const model = await library.AutoModelForCausalLM.from_pretrained(id, options);
    return { library, model, tokenizer, name };
  } catch (error) {
    throw loadError(error, name, dtype, settings.endpoint);
  }
}

/** The path that a reference to a folder means. */
function folderOf(reference: string): string | undefined {
  const path = resolve(reference.replace(/^~(?=$|[\\/])/, homedir()));
  return existsSync(path) && statSync(path).isDirectory() ? path : undefined;
}

/** A model that Hugging Face's other programs have downloaded, with its ONNX files. */
async function snapshotOf(cache: string, reference: string): Promise<string | undefined> {
  const home = join(cache, `models--${reference.replace("/", "--")}`);
  const commit = await readFile(join(home, "refs", "main"), "utf8").catch(() => "");
  if (!/^[0-9a-f]{40}$/.test(commit.trim())) return undefined;
  const folder = join(home, "snapshots", commit.trim());
  return existsSync(join(folder, "onnx")) && existsSync(join(folder, "config.json")) ? folder : undefined;
}

const notFound = (model: string, why: string, cause?: unknown): ParrotletError =>
  new ParrotletError("model-not-found", `There is no model ${shown(model)}: ${why}.`, { cause });

/** How the library says that a file is not there: of a tokenizer, by stumbling over what it did not read. */
const MISSING =
  /tokenizer_class|could not locate|not found locally|file missing|no such file|unauthorized|forbidden|doesn't exist/i;
const UNREACHED = /fetch failed|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|network|timeout/i;

/** What went wrong while a model was opened, in our words. */
function loadError(
  error: unknown,
  model: string,
  dtype: string | undefined,
  endpoint: string,
): ParrotletError {
  if (error instanceof ParrotletError) return error;
  const text = textOf(error);
  const file = /"([^"]*?)"/.exec(text)?.[1];
  if (MISSING.test(text)) {
    const which = file?.endsWith(".onnx") ? `it has no ${basename(file)}; dtype chooses another file` : "";
    const hint = "HF_TOKEN opens what is private; with HF_HUB_OFFLINE nothing is fetched";
    const why = which || `${file ?? "its tokenizer"} could not be found (${hint})`;
    return notFound(model, dtype ? `${why} (dtype ${dtype})` : why, error);
  }
  if (UNREACHED.test(text)) return new BackendDownError(endpoint, text, { cause: error });
  const type = /Unsupported model type:?\s*"?([\w-]+)/i.exec(text)?.[1];
  if (type) return new UnableError(model, `be run by transformers.js, which does not know its kind, ${type}`);
  return failure(error, `open ${model}`);
}

/** An error of the library as one of ours. */
export function failure(error: unknown, what: string): ParrotletError {
  if (error instanceof ParrotletError) return error;
  const text = textOf(error);
  if (/bad_alloc|out of memory|allocat/i.test(text)) {
    const message = `There is not enough memory to ${what}. Take a smaller model, or another dtype.`;
    return new ParrotletError("out-of-memory", message, { cause: error });
  }
  return new ParrotletError("backend-failed", `transformers.js could not ${what}: ${text}`, { cause: error });
}

/** One line, with what is behind it. */
function textOf(error: unknown): string {
  const parts =
    error instanceof Error ? [error.message, error.cause && textOf(error.cause)] : [String(error)];
  return parts.filter(Boolean).join(": ").split("\n", 1)[0]?.slice(0, 300) ?? "";
}
