import { readFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { decodeText, ParrotletError } from "../../../base/index.ts";
import {
  type Conversation,
  conversationFromJson,
  conversationFromMarkdown,
  conversationToJson,
  conversationToMarkdown,
} from "../../../chat/index.ts";
import { systemSources } from "../../../node/index.ts";
import { ago, counted, harmless, oneLine, table } from "../../terminal.ts";
import { showHistory } from "../show-history.ts";
import { type ChatCommand, type CommandTarget, misused } from "./command.ts";

/** So many conversations are listed, and no file larger than this is read in. */
const MOST_LISTED = 20;
const MOST_BYTES = 64_000_000;

export const fileCommands: Readonly<Record<string, ChatCommand>> = {
  save: {
    usage: "/save [NAME]",
    about: "give this conversation a name, and keep it",
    run: async (target, argument) => {
      const { talk } = target;
      if (talk.conversation.path.length === 0) throw misused("There is nothing to save yet.");
      if (argument !== "") await talk.session.setTitle(oneLine(argument));
      if (!talk.keep.isKept(talk.conversation)) {
        const kept = await talk.keep.begin(talk.conversation);
        talk.keep.on = true;
        if (kept.id !== talk.conversation.id) talk.turnTo(kept);
      }
      target.write(`Saved as ${talk.keep.store.describe(talk.conversation.id)}`);
    },
  },
  load: {
    usage: "/load [NAME]",
    about: "go on with a conversation: by its number in the list, its name, or words that were said",
    run: async (target, argument) => {
      const { store } = target.talk.keep;
      const all = await store.list();
      if (argument === "") {
        if (all.length === 0) return target.write("No conversation is kept yet.");
        target.write(listed(all.slice(0, MOST_LISTED), target));
        const more = all.length - MOST_LISTED;
        if (more > 0)
          target.remark(`and ${counted(more, "older one")}: /load WORDS finds what was said in them`);
        return;
      }
      const numbered = /^\d{1,6}$/.test(argument) ? all[Number(argument) - 1] : undefined;
      const exact = numbered ?? all.find(({ id, title }) => id === argument || title === argument);
      if (exact) return turnTo(target, await opened(target, exact.id));
      const hits = await store.search(argument);
      const ids = [...new Set(hits.map(({ conversation }) => conversation))];
      const [only] = ids;
      if (only === undefined)
        throw new ParrotletError(
          "conversation-not-found",
          `No conversation is called ${JSON.stringify(argument)}, and in none was that said.`,
        );
      if (ids.length === 1) return turnTo(target, await opened(target, only));
      const rows = ids.slice(0, MOST_LISTED).map((id) => {
        const place = all.findIndex((each) => each.id === id);
        const { snippet = "" } = hits.find(({ conversation }) => conversation === id) ?? {};
        return [String(place + 1), harmless(all[place]?.title ?? id), harmless(snippet)];
      });
      target.write(table(["", "conversation", "what was said"], rows));
      target.remark("/load NUMBER goes on with one of them");
    },
  },
  export: {
    usage: "/export [FILE] [--as openai]",
    about: "write this conversation to a file: .md to read, .json with all versions",
    run: async (target, argument) => {
      const { conversation } = target.talk;
      const asOpenAi = /(^|\s)--as\s+openai\b/.test(argument);
      const name = argument.replace(/(^|\s)--as\s+\S+/, "").trim();
      const file = name || `${fileName(conversation)}.${asOpenAi ? "json" : "md"}`;
      const isJson = /\.json$/i.test(file);
      if (!isJson && !/\.(md|markdown)$/i.test(file)) throw misused("The file must end with .md or .json.");
      if (asOpenAi && !isJson)
        throw misused("As OpenAI's messages a conversation is JSON: name a file that ends with .json.");
      const text = isJson
        ? conversationToJson(conversation, asOpenAi ? "openai" : "parrotlet")
        : conversationToMarkdown(conversation);
      await writeNew(resolve(file), text);
      target.write(`Written: ${resolve(file)}`);
    },
  },
  import: {
    usage: "/import FILE",
    about: "go on with a conversation from a file that /export or another program wrote",
    run: async (target, argument) => {
      if (argument === "") throw misused("Say /import FILE, a .md or .json file.");
      const text = await readSmall(resolve(argument));
      const read = /\.(md|markdown)$/i.test(argument) ? conversationFromMarkdown : conversationFromJson;
      const conversation = read(text, systemSources);
      const { keep } = target.talk;
      turnTo(target, keep.on ? await keep.begin(conversation) : conversation);
    },
  },
};

type Listing = Awaited<ReturnType<CommandTarget["talk"]["keep"]["store"]["list"]>>[number];

function listed(all: readonly Listing[], { talk }: CommandTarget): string {
  const now = new Date();
  const rows = all.map(({ id, title, messages, model, at }, index) => [
    `${id === talk.conversation.id ? "*" : " "}${index + 1}`,
    harmless(title) || "(nothing was said)",
    counted(messages, "message"),
    oneLine(harmless(model ?? "")),
    at === undefined ? "" : ago(at, now),
  ]);
  return table(["", "conversation", "", "with", "when"], rows);
}

/** Talks in a conversation from the store, or from a file. */
function turnTo(target: CommandTarget, conversation: Conversation): void {
  const { talk } = target;
  talk.turnTo(conversation);
  target.write(showHistory(talk, { width: process.stdout.columns ?? 100, last: 2 }));
  target.remark(`${counted(conversation.path.length, "message")}: /history`);
}

/** A conversation that is written on where it is kept. */
async function opened({ talk: { keep } }: CommandTarget, id: string): Promise<Conversation> {
  const conversation = await keep.store.open(id);
  keep.knows(conversation);
  return conversation;
}

const fileName = ({ title, id }: Conversation): string =>
  (title ?? "")
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60) || `conversation-${id}`;

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "is there already. Name another file" : `cannot be written (${code})`;
    throw misused(`${file} ${why}.`);
  }
}

async function readSmall(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw misused(`${file} has ${size} bytes; it may have ${MOST_BYTES}.`);
    return decodeText(await readFile(file));
  } catch (error) {
    if (error instanceof ParrotletError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ParrotletError(
      "data-not-found",
      `${file} cannot be read: ${code === "ENOENT" ? "there is no such file" : code}.`,
    );
  }
}
