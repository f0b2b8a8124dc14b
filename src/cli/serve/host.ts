import type { ModelHost } from "../../chat/index.ts";
import { NodeModelHost, openDevice, readSettings } from "../../node/index.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import type { ServeOptions } from "../serve-options.ts";

/** All models that the workspace and this machine have. */
export async function openHost(options: ServeOptions): Promise<ModelHost> {
  const folder = workspaceRoot(options);
  const settings = await readSettings({ workspace: folder });
  return new NodeModelHost({
    workspace: openWorkspace(options),
    folder,
    settings,
    openDevice: () => openDevice(options.device, options),
    mostOpen: settings.server.limits.openModels,
  });
}
