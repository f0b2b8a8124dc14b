import { ParrotletError, shown } from "../../base/index.ts";
import type { Conversation } from "../../chat/index.ts";
import type { Device } from "../../engine/index.ts";
import {
  isKnownModel,
  NodeModelHost,
  openDevice,
  readSettings,
  type Settings,
  systemSources,
} from "../../node/index.ts";
import { ConversationStore } from "../../workspace/index.ts";
import { ChatConsole } from "../chat/console.ts";
import { Keep } from "../chat/keep.ts";
import { Talk, type TalkOptions } from "../chat/talk.ts";
import type { ChatOptions } from "../chat-options.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { givenSampling } from "../sampling-options.ts";
import { EXIT, printable, printNote } from "../terminal.ts";

/** `parrotlet chat [MODEL]` */
export async function chat(reference: string | undefined, options: ChatOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const folder = workspaceRoot(options);
  const settings = await readSettings({ workspace: folder, file: options.config });
  let opened: Promise<Device> | undefined;
  const device = (): Promise<Device> => {
    opened ??= openDevice(options.device, options);
    return opened;
  };
  const host = new NodeModelHost({ workspace, folder, settings, openDevice: device });
  try {
    const store = new ConversationStore(workspace.storage, systemSources);
    const keeps = !(options.private || options.save === false);
    const { json = false } = options;
    const keep = new Keep(store, keeps, (message) => {
      if (!json) printNote(`What is said is not kept: ${message}`);
    });
    const conversation = await conversationToGoOn(store, options);
    if (conversation) keep.knows(conversation);
    const { maxNewTokens: usualNewTokens, ...usual } = settings.generation;
    const given = { ...usual, ...givenSampling(options) };
    const talk = await openTalk(
      reference,
      { workspace, host, keep, given, usualNewTokens, conversation },
      settings,
    );
    await new ChatConsole({
      talk,
      device,
      json,
      markdown: !options.plain && !process.env["NO_COLOR"],
    }).talkOn();
  } finally {
    await host.close();
  }
  return EXIT.ok;
}

/** Where nobody names a model, a conversation goes on with the one that answered last, if it is still there and known here. */
async function openTalk(
  reference: string | undefined,
  options: TalkOptions,
  settings: Settings,
): Promise<Talk> {
  const last = options.conversation?.path.findLast(({ role }) => role === "assistant")?.model?.address;
  if (reference !== undefined || last === undefined) return Talk.open(reference, options);
  try {
    if (await isKnownModel(last, options.host, settings)) return await Talk.open(last, options);
    const again = `chat --resume ${options.conversation?.id} ${printable(last)}`;
    printNote(
      `${shown(last)}, which answered last, is no model of this workspace or its settings, and is not opened unasked: ${again}`,
    );
  } catch (error) {
    if (!(error instanceof ParrotletError)) throw error;
    printNote(`${shown(last)} cannot be opened: ${error.message}`);
  }
  return Talk.open(undefined, options);
}

async function conversationToGoOn(
  store: ConversationStore,
  { resume, continue: isLast = false }: ChatOptions,
): Promise<Conversation | undefined> {
  if (resume === undefined && !isLast) return undefined;
  const all = await store.list();
  const found =
    typeof resume === "string" ? all.find(({ id, title }) => id === resume || title === resume) : all[0];
  if (found) return store.open(found.id);
  if (typeof resume === "string") return store.open(resume); // says what there is
  throw new ParrotletError(
    "conversation-not-found",
    "No conversation is kept yet. Begin one: parrotlet chat",
  );
}
