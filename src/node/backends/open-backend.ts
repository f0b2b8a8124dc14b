import { stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type BackendKind,
  type ChatBackend,
  formatAddress,
  parseAddress,
  TinyBackend,
} from "../../chat/index.ts";
import { loadCheckpoint } from "../../checkpoint/index.ts";
import type { Device } from "../../engine/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { type FoundModel, findModel } from "../find-model.ts";
import { findOurs } from "./find-ours.ts";
import { openLlamaBackend } from "./llama.ts";
import { openOpenAiBackend } from "./openai.ts";
import { keyFor, type Settings } from "./settings.ts";
import { openTransformersBackend } from "./transformers.ts";

export interface OpenBackendOptions {
  readonly workspace: Workspace;
  /** What models of ours compute on; each releases its weights itself. */
  readonly device: () => Promise<Device>;
  readonly settings: Settings;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Replies of one model of ours that may wait for their turn; more are refused. @default 256 */
  readonly mostWaiting?: number | undefined;
}

/** Where a model is, so exactly that it is the same model as long as nobody changes its files. */
export interface ResolvedAddress {
  /** `run:pip@500` */
  readonly address: string;
  readonly kind: BackendKind;
  /** Another for other files at the same address. */
  readonly version: number;
  readonly open: () => Promise<ChatBackend>;
}

/**
 * What a reference means now: `run:pip` is its best checkpoint so far.
 *
 * @throws {ParrotletError} `bad-address`, `model-not-found`.
 */
export async function resolveAddress(
  reference: string | undefined,
  options: OpenBackendOptions,
): Promise<ResolvedAddress> {
  const { workspace, settings } = options;
  if (reference === undefined) return tiny(await findModel(workspace), options);
  const address = parseAddress(reference);
  switch (address.kind) {
    case "run":
    case "name":
    case "starter":
    case "folder":
      return tiny(await findOurs(workspace, address), options);
    case "hf": {
      const { dtype, device } = settings.transformers;
      const open = () => openTransformersBackend({ model: address.model, dtype, device });
      return { address: formatAddress(address), kind: "transformers", open, version: 0 };
    }
    case "gguf":
      return {
        address: formatAddress(address),
        kind: "llama",
        version: await changedAt(address.path),
        open: () => openLlamaBackend({ path: address.path, ...settings.llama }),
      };
    case "openai": {
      const { url, model } = address;
      const contextWindow = settings.openai.find((each) => each.url === url)?.contextWindow;
      const key = keyFor(settings, url, options.env);
      const open = () => openOpenAiBackend({ url, model, key, contextWindow });
      return { address: formatAddress(address), kind: "openai", open, version: 0 };
    }
  }
}

/** @throws {ParrotletError} Those of `resolveAddress` and of the backend. */
export const openBackend = async (
  reference: string | undefined,
  options: OpenBackendOptions,
): Promise<ChatBackend> => (await resolveAddress(reference, options)).open();

async function tiny(
  found: FoundModel,
  { device, workspace, mostWaiting }: OpenBackendOptions,
): Promise<ResolvedAddress> {
  const { storage, folder, label, run, step, starter } = found;
  const path = storage.describe(folder);
  const ofWorkspace = run?.storage === workspace.storage && step !== undefined;
  const address = starter ? `starter:${label}` : ofWorkspace ? `run:${run.name}@${step}` : `folder:${path}`;
  const open = async (): Promise<ChatBackend> => {
    const checkpoint = await loadCheckpoint(storage, folder, await device());
    return new TinyBackend({ checkpoint, address, name: label, mostWaiting });
  };
  return { address, kind: "tiny", open, version: await changedAt(join(path, "model.safetensors")) };
}

/** When a file was written, so that a model that was trained again is not taken for the one that is open. */
const changedAt = async (file: string): Promise<number> =>
  (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
