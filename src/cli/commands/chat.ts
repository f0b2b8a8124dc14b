import { findModel, openDevice } from "../../node/index.ts";
import { ChatConsole } from "../chat/console.ts";
import { ChatModel } from "../chat/model.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { MAX_NEW_TOKENS, type SamplingOptions, samplingConfig } from "../sampling-options.ts";
import { EXIT } from "../terminal.ts";

type ChatOptions = CommonOptions & SamplingOptions;

/** `parrotlet chat [MODEL]` */
export async function chat(reference: string | undefined, options: ChatOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const found = await findModel(workspace, reference);
  const device = await openDevice(options.device, options);
  try {
    const model = await ChatModel.load(found, device);
    const configFor = ({ kind, contextWindow }: ChatModel) =>
      samplingConfig(kind, kind === "text" ? MAX_NEW_TOKENS : contextWindow, options);
    const seedStays = options.seed !== undefined;
    const { json = false } = options;
    await new ChatConsole({ workspace, device, model, configFor, seedStays, json }).talk();
  } finally {
    device.release();
  }
  return EXIT.ok;
}
