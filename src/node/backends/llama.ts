import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ParrotletError, shown } from "../../base/index.ts";
import { BackendMissingError, type ChatBackend } from "../../chat/index.ts";
import { type GgufHeader, readGgufHeader } from "../../export/index.ts";
import { fileSource } from "../file-source.ts";
import { GgufTokenizer, TOKENIZER_LISTS } from "./gguf-tokenizer.ts";
import { LlamaBackend } from "./llama-backend.ts";
import { LlamaPrompt } from "./llama-prompt.ts";
import type { JinjaTemplate, Llama, LlamaModel, LlamaPackage } from "./llama-types.ts";

const PACKAGE = "node-llama-cpp";
/** More than this is allocated only where it is asked for. */
const USUAL_WINDOW = 8192;

export interface LlamaOptions {
  /** Of the GGUF file. */
  readonly path: string;
  /** @default the file's own, at most 8192 */
  readonly contextWindow?: number | undefined;
  /** @default one for each core */
  readonly threads?: number | undefined;
  /** Let a GPU compute where there is one that llama.cpp was built for. @default true */
  readonly gpu?: boolean | undefined;
}

/**
 * Opens a GGUF file with node-llama-cpp, which is not installed with this package.
 *
 * @throws {ParrotletError} `backend-missing`, `model-not-found`, `gguf-invalid`, `out-of-memory`.
 */
export async function openLlamaBackend(options: LlamaOptions): Promise<ChatBackend> {
  const { threads = cpus().length, gpu = true } = options;
  const path = resolve(options.path);
  const header = await readHeader(path, options.path);
  const llama = await getLlama(gpu);
  const model = await loading(path, () => llama.loadModel({ modelPath: path }));
  try {
    const own = header.contextLength ?? model.trainContextSize;
    const contextWindow = Math.min(options.contextWindow ?? USUAL_WINDOW, own);
    // Whoever keeps weights in f32 wants what they say: keys and values then stay f32 too, and attention is not approximated.
    const exact = header.fileType === "f32" ? "F32" : undefined;
    const context = await loading(path, () =>
      model.createContext({
        ...{ contextSize: contextWindow, sequences: 1, threads, experimentalKvCacheKeyType: exact },
        ...{ experimentalKvCacheValueType: exact, flashAttention: exact ? false : undefined },
      }),
    );
    const tokenizer = new GgufTokenizer(header, (text) => model.tokenize(text, false));
    const name = header.name ?? basename(path, ".gguf");
    const prompt = promptOf(name, header, model, tokenizer);
    return new LlamaBackend({
      ...{ address: `gguf:${options.path}`, name, contextWindow, model, context, tokenizer, prompt, threads },
    });
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

async function readHeader(path: string, name: string): Promise<GgufHeader> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    const message = `There is no file ${shown(name)}. Name a GGUF file: gguf:PATH.`;
    throw new ParrotletError("model-not-found", message);
  }
  const header = await readGgufHeader(await fileSource(path), TOKENIZER_LISTS);
  if (header.metadata.get("tokenizer.ggml.tokens") !== undefined) return header;
  throw new ParrotletError("gguf-invalid", `${name}: it has no tokenizer.`);
}

function promptOf(
  name: string,
  { metadata }: GgufHeader,
  model: LlamaModel,
  tokenizer: GgufTokenizer,
): LlamaPrompt | undefined {
  const template = metadata.get("tokenizer.chat_template");
  if (typeof template !== "string") return undefined;
  const Template = jinja();
  return new LlamaPrompt(name, template, {
    ...{ Template, tokenizer, prependBos: model.tokens.shouldPrependBosToken },
  });
}

/** By whether a GPU is used; llama.cpp is loaded once. */
const loaded = new Map<boolean, Promise<Llama>>();

function getLlama(gpu: boolean): Promise<Llama> {
  const known = loaded.get(gpu) ?? loadLlama(gpu);
  loaded.set(gpu, known);
  known.catch(() => loaded.delete(gpu));
  return known;
}

async function loadLlama(gpu: boolean): Promise<Llama> {
  let found: LlamaPackage;
  try {
    found = (await import(PACKAGE)) as LlamaPackage;
  } catch (cause) {
    throw new BackendMissingError(PACKAGE, "A GGUF model", { cause });
  }
  try {
    const quiet = { progressLogs: false, logLevel: "disabled", logger: () => {} };
    return await found.getLlama({ build: "never", skipDownload: true, gpu: gpu ? "auto" : false, ...quiet });
  } catch (cause) {
    const { platform, arch } = process;
    const what = `A GGUF model on ${platform}-${arch} (${(cause as Error).message})`;
    throw new BackendMissingError(`@node-llama-cpp/${platform}-${arch}`, what, { cause });
  }
}

/** The package's own reader of templates. */
function jinja(): JinjaTemplate {
  const from = fileURLToPath(import.meta.resolve(PACKAGE));
  const { Template } = createRequire(from)("@huggingface/jinja") as { Template: JinjaTemplate };
  return Template;
}

/** Errors of llama.cpp as ours. */
async function loading<T>(file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const shownName = basename(file); // its folder is nobody's business whom a server tells of this
    const { name, message } = cause as Error;
    if (name === "InsufficientMemoryError" || /memory/i.test(message)) {
      const what = `${shownName} does not fit into memory: ${message} Take a file of fewer bits, or a smaller contextWindow.`;
      throw new ParrotletError("out-of-memory", what, { cause });
    }
    throw new ParrotletError("gguf-invalid", `${shownName}: llama.cpp does not load it: ${message}`, {
      cause,
    });
  }
}
