import type { ModelHost } from "../../chat/index.ts";
import { NodeModelHost, openDevice, readSettings, type Settings } from "../../node/index.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import type { ServeOptions } from "../serve-options.ts";

/** All models that the workspace, this machine and the servers of the settings have. */
export async function openHost(
  options: ServeOptions,
): Promise<{ readonly host: ModelHost; readonly settings: Settings }> {
  const folder = workspaceRoot(options);
  const settings = await readSettings({ workspace: folder, file: options.config });
  const host = new NodeModelHost({
    workspace: openWorkspace(options),
    folder,
    settings,
    openDevice: () => openDevice(options.device, options),
    mostOpen: settings.server.limits.openModels,
    mostWaiting: options.maxWaiting ?? settings.server.limits.waiting,
  });
  return { host, settings };
}
