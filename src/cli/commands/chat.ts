import { randomInt } from "node:crypto";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
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
  const workspace = openWorkspace(options);
  const found = await findModel(workspace, reference);
  const device = await openDevice(options.device, options);
  try {
    const model = await ChatModel.load(found, device);
    const config = configFor(model, options);
    await new ChatConsole({ workspace, device, model, config, json: options.json ?? false }).talk();
  } finally {
    device.release();
  }
  return EXIT.ok;
}

function configFor(model: ChatModel, options: ChatOptions): GenerationConfig {
  const {
    temperature = 0,
    maxNewTokens = model.checkpoint.model.config.contextWindow,
    topK = 0,
    topP = 1,
    seed = randomInt(2 ** 32 - 1),
  } = options;
  return generationConfig({ temperature, maxNewTokens, topK, topP, seed });
}
