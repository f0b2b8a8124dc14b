import { NodeTrainingDesk, systemSources } from "../../node/index.ts";
import { type Api, createApi } from "../../server/index.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import type { ServeOptions } from "../serve-options.ts";
import { isLoopback } from "./api-key.ts";

/**
 * The server's own API, which tells of all conversations and can train: on by itself where only this machine and pages that were named
 * can ask.
 */
export function apiOf(options: ServeOptions): Partial<Api> {
  const { host = "127.0.0.1", cors = [], readOnly = false, allowDownloads } = options;
  const { api = isLoopback(host) && !cors.includes("*") } = options;
  if (!api) return {};
  const [workspace, root] = [openWorkspace(options), workspaceRoot(options)];
  const desk = new NodeTrainingDesk({ workspace, root, allowDownloads });
  return createApi({ workspace, sources: systemSources, desk, readOnly });
}
