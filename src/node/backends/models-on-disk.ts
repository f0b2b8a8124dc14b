import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Storage } from "../../base/index.ts";
import type { ModelListing } from "../../chat/index.ts";
import { loadConfig, loadTokenizer } from "../../checkpoint/index.ts";
import { readGgufHeader } from "../../export/index.ts";
import { layoutOf, Transformer } from "../../model/index.ts";
import { specialSetOf } from "../../text/index.ts";
import { fileSource } from "../file-source.ts";
import { FileStorage } from "../file-storage.ts";
import type { HubSettings } from "../hub/settings.ts";

/** What kinds of models are for, in a word. */
const KINDS = { pairs: "questions", text: "text", chat: "conversations" } as const;

/** More than this of one folder is not looked at. */
const MOST = 1000;

/** What a checkpoint folder says of itself. @throws {ParrotletError} Those of `loadConfig` and `loadTokenizer`. */
export async function aboutFolder(
  storage: Storage,
  folder: string,
): Promise<Pick<ModelListing, "about" | "parameters" | "contextWindow">> {
  const config = await loadConfig(storage, folder);
  const { special } = await loadTokenizer(storage, folder);
  const { count: parameters } = layoutOf(new Transformer(config));
  return { about: KINDS[specialSetOf(special)], parameters, contextWindow: config.contextWindow };
}

/** A model, or why a folder that looks like one cannot be opened. */
export type Seen = ModelListing | { readonly address: string; readonly why: string };

/** GGUF files, folders with ONNX models and folders of ours below a folder, two deep. */
export async function modelsIn(root: string, deep = 2): Promise<Seen[]> {
  const entries = (await readdir(root, { withFileTypes: true }).catch(() => [])).slice(0, MOST);
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  const seen = await Promise.all(visible.map(({ name }) => modelsAt(join(root, name), deep)));
  return seen.flat().slice(0, MOST);
}

async function modelsAt(path: string, deep: number): Promise<Seen[]> {
  if (/\.gguf$/i.test(path)) return [await gguf(path)];
  const inside = await names(path);
  if (inside.some(isOnnx) || (await onnxIn(path)).length > 0) return [await onnx(path)];
  if (inside.includes("config.json")) return [await ours(path)];
  return deep > 1 && inside.length > 0 ? modelsIn(path, deep - 1) : [];
}

/** ONNX models that transformers.js, or Hugging Face's other programs, have downloaded. */
export async function modelsOfHub({ cache }: Pick<HubSettings, "cache">): Promise<ModelListing[]> {
  const snapshots = await children(cache, async (name) => {
    const [, owner, model] = /^models--([^-].*?)--(.+)$/.exec(name) ?? [];
    const commits = join(cache, name, "snapshots");
    const found = owner && model ? await children(commits, (commit) => onnxIn(join(commits, commit))) : [];
    return found.length > 0 ? [`${owner}/${model}`] : [];
  });
  const own = join(dirname(cache), "transformers.js");
  const downloaded = await children(own, (owner) =>
    children(join(own, owner), async (model) =>
      (await onnxIn(join(own, owner, model))).map(() => `${owner}/${model}`),
    ),
  );
  const found = [...snapshots, ...downloaded];
  return [...new Set(found)].map((name) => ({
    address: `hf:${name}`,
    kind: "transformers",
    name,
    about: "ONNX of the hub",
  }));
}

/** What a GGUF file's header says; its tokens and weights are not read. */
async function gguf(path: string): Promise<Seen> {
  const address = `gguf:${path}`;
  try {
    const source = await fileSource(path);
    const header = await readGgufHeader(source);
    const { architecture, fileType, parameters, contextLength } = header;
    const name = basename(path).slice(0, -".gguf".length);
    const about = ["GGUF", architecture, fileType].filter((part) => part !== undefined).join(" ");
    const createdAt = (await stat(path)).mtime.toISOString();
    return { address, kind: "llama", name, about, parameters, contextWindow: contextLength, createdAt };
  } catch (error) {
    return { address, why: (error as Error).message };
  }
}

async function onnx(path: string): Promise<ModelListing> {
  const createdAt = (await stat(path).catch(() => undefined))?.mtime.toISOString();
  return { address: `hf:${path}`, kind: "transformers", name: basename(path), about: "ONNX", createdAt };
}

async function ours(path: string): Promise<Seen> {
  const address = `folder:${path}`;
  try {
    const about = await aboutFolder(new FileStorage(dirname(path)), basename(path));
    const createdAt = (await stat(path)).mtime.toISOString();
    return { address, kind: "tiny", name: basename(path), ...about, createdAt };
  } catch (error) {
    return { address, why: (error as Error).message };
  }
}

/** What each entry of a folder holds. */
async function children(folder: string, look: (name: string) => Promise<string[]>): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await names(folder)).slice(0, MOST)) found.push(...(await look(name)));
  return found;
}

/** The folder, where it has an ONNX model. */
const onnxIn = async (folder: string): Promise<string[]> =>
  (await names(join(folder, "onnx"))).some(isOnnx) ? [folder] : [];

const isOnnx = (name: string): boolean => name.endsWith(".onnx");
const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
