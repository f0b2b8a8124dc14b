import { InternalError } from "../../base/index.ts";
import type { ModelHost } from "../../chat/index.ts";
import type { ServeOptions } from "../serve-options.ts";

/** All models that the workspace and this machine have. */
export async function openHost(_options: ServeOptions): Promise<ModelHost> {
  throw new InternalError("no host of models yet");
}
