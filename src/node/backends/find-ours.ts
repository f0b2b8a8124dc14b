import { resolve } from "node:path";
import { ParrotletError, shown } from "../../base/index.ts";
import { type ModelAddress, parseAddress } from "../../chat/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { type FoundModel, findModel, modelOutside } from "../find-model.ts";
import { starterNames } from "../starters.ts";

/** Addresses of models that were made here. */
export type OurAddress = Extract<ModelAddress, { kind: "run" | "starter" | "folder" | "name" }>;

/** @throws {ParrotletError} `model-not-found` */
export function findOurs(workspace: Workspace, address: OurAddress): Promise<FoundModel> {
  if (address.kind === "run") return findModel(workspace, `${address.name}@${address.at}`);
  return address.kind === "name" ? findModel(workspace, address.name) : outside(address);
}

/**
 * A model of ours by its name, its address or its path; without any, as `findModel` does.
 *
 * @throws {ParrotletError} `bad-address`; `model-not-found`, also of what is no model of ours.
 */
export async function findByAddress(
  workspace: Workspace,
  reference: string | undefined,
): Promise<FoundModel> {
  if (reference === undefined) return findModel(workspace);
  const address = parseAddress(reference);
  switch (address.kind) {
    case "hf":
    case "gguf":
    case "openai": {
      const why = `${shown(reference)} is none of Parrotlet's own models, which are what is needed here. Name a run, a starter or a folder.`;
      throw new ParrotletError("model-not-found", why);
    }
    default:
      return findOurs(workspace, address);
  }
}

/** A run may have a starter's name, and a folder another's: neither is meant. */
async function outside(address: Extract<ModelAddress, { kind: "starter" | "folder" }>): Promise<FoundModel> {
  const isStarter = address.kind === "starter";
  const found = await modelOutside(isStarter ? address.name : resolve(address.path));
  if (found && isStarter === (found.starter ?? false)) return found;
  const starters = await starterNames();
  const why = isStarter
    ? `No starter is called ${shown(address.name)}. ${starters.length > 0 ? `There are ${starters.join(", ")}.` : "There is none."}`
    : `${shown(address.path)} is no folder with config.json and model.safetensors.`;
  throw new ParrotletError("model-not-found", why);
}
