import { isName, ParrotletError } from "../../base/index.ts";
import { type ModelAddress, type ModelHost, parseAddress } from "../../chat/index.ts";
import type { Settings } from "./settings.ts";

/**
 * Whether an address that nobody typed may be opened. Conversations are also brought in, with whatever address somebody wrote into
 * them: one of a server would get what is said, one of a repository would be loaded from the hub. Runs and starters are this
 * machine's; a server must be one of the settings, and any other model their usual one or one that the host lists.
 */
export async function isKnownModel(
  reference: string,
  host: Pick<ModelHost, "list">,
  settings: Pick<Settings, "model" | "openai">,
): Promise<boolean> {
  if (reference === settings.model) return true;
  const address = parsed(reference);
  if (!address) return false;
  switch (address.kind) {
    case "run":
    case "starter":
      return isName(address.name); // else it is a path
    case "openai":
      return settings.openai.some(({ url }) => url === address.url);
    default:
      return (await host.list()).some((model) => model.address === reference);
  }
}

function parsed(reference: string): ModelAddress | undefined {
  try {
    return parseAddress(reference);
  } catch (error) {
    if (error instanceof ParrotletError) return undefined;
    throw error;
  }
}
