import { closest, ParrotletError } from "../../../base/index.ts";
import { indented } from "../../terminal.ts";
import type { ChatCommand, CommandTarget } from "./command.ts";
import { conversationCommands } from "./conversation.ts";
import { fileCommands } from "./files.ts";
import { modelCommands } from "./model.ts";
import { settingCommands } from "./settings.ts";

export type { CommandTarget, ShownReply } from "./command.ts";

/** What happens to lines that are no commands. */
const LINES = {
  pairs: "Anything else is said to the model. It sees one message at a time.",
  text: "Anything else is the beginning of a text, which the model goes on with.",
  chat: "Anything else is said to the model. It sees what was said before, as far as its context window reaches.",
} as const;

const KEYS =
  'A backslash at the end of a line, Alt-Enter, or lines between two of """ make a message of several lines. ' +
  "Ctrl-C stops a reply; at an empty prompt, twice leaves.";

const others: Readonly<Record<string, ChatCommand>> = {
  help: {
    usage: "/help",
    about: "this list",
    run: (target) => {
      const all = Object.values(chatCommands);
      const width = Math.max(...all.map(({ usage }) => usage.length));
      for (const { usage, about } of all) target.write(indented(about, `${usage.padEnd(width)}  `));
      target.write(indented(`${LINES[target.talk.about.kind]} ${KEYS}`, ""));
      target.write(
        target.talk.keep.on
          ? "Conversations are kept in the workspace from the first message on: /load lists them; chat --private keeps none."
          : "This conversation is not kept, unless you /save it.",
      );
    },
  },
  quit: { usage: "/quit", about: "leave", run: (target) => target.leave() },
};

const { help, quit } = others as { help: ChatCommand; quit: ChatCommand };

export const chatCommands: Readonly<Record<string, ChatCommand>> = {
  help,
  ...conversationCommands,
  ...fileCommands,
  ...modelCommands,
  ...settingCommands,
  quit,
};

/** Runs a line that begins with a slash. */
export async function runCommand(target: CommandTarget, line: string): Promise<void> {
  const [name = "", argument = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(line)?.slice(1) ?? [];
  const command = Object.hasOwn(chatCommands, name) ? chatCommands[name] : undefined;
  if (!command) {
    const meant = closest(name, Object.keys(chatCommands));
    throw new ParrotletError(
      "unknown-command",
      `There is no /${name}. ${meant ? `Did you mean /${meant}?` : "See /help."}`,
    );
  }
  await command.run(target, argument.trim());
}
