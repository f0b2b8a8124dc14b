import { randomInt } from "node:crypto";
import { generationConfig } from "../../generate/index.ts";
import { findModel, openDevice } from "../../node/index.ts";
import { ChatConsole } from "../chat/console.ts";
import { ChatModel } from "../chat/model.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { EXIT } from "../terminal.ts";

export interface ChatOptions extends CommonOptions {
  readonly temperature?: number;
  readonly maxNewTokens?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
}

/** `parrotlet chat [MODEL]` */
export async function chat(reference: string | undefined, options: ChatOptions): Promise<number> {
  const { temperature = 0, topK = 0, topP = 1, seed = randomInt(2 ** 32 - 1), json = false } = options;
  const workspace = openWorkspace(options);
  const found = await findModel(workspace, reference);
  const device = await openDevice(options.device);
  const model = await ChatModel.load(found, device);
  const { maxNewTokens = model.checkpoint.model.config.contextWindow } = options;
  const config = generationConfig({ temperature, maxNewTokens, topK, topP, seed });
  await new ChatConsole({ workspace, device, model, config, json }).talk();
  return EXIT.ok;
}
