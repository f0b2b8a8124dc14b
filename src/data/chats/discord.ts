import type { ChatFormat } from "./chat-format.ts";
import type { ChatLog } from "./chat-log.ts";
import { type Fields, isFields, type JsonChat, readJsonChat, textOf } from "./json-chat.ts";

/** Messages that people write, as the exporter names them and as Discord numbers them; the others are joins, pins, calls. */
const WRITTEN = ["Default", "Reply", "0", "19"];

/**
 * JSON of DiscordChatExporter. A speaker is called by their nickname on the server, and may also be given by user name
 * or id. What somebody forwarded has no text of their own.
 *
 * @see https://github.com/Tyrrrz/DiscordChatExporter
 */
const discordMessages: JsonChat = {
  wanted: "Export the channel with DiscordChatExporter as JSON, and give that file.",
  log(message: Fields, { line, chat }, log: ChatLog): void {
    if (!WRITTEN.includes(String(message["type"] ?? "Default"))) {
      log.leaveOut("program", line);
      return;
    }
    const author = isFields(message["author"]) ? message["author"] : {};
    const name = textOf(author["name"]) || "Deleted user";
    const shownName = textOf(author["nickname"]) || name;
    const id = textOf(author["id"]) || name;
    const text = textOf(message["content"]);
    if (text.trim() === "") {
      log.leaveOut("media", line);
      return;
    }
    const speaker = log.speaker(
      id,
      shownName,
      [name, id].filter((each) => each !== shownName),
    );
    const time = Date.parse(textOf(message["timestamp"])) / 1000;
    log.add({ speaker, text, line, time, chat });
  },
};

export const discord: ChatFormat = {
  id: "discord",
  about: "Discord: a channel exported by DiscordChatExporter as JSON",
  recognises(head) {
    if (!/^\s*\{/.test(head) || !/"channel"\s*:\s*\{/.test(head)) return 0;
    const signs = [/"guild"\s*:\s*\{/, /"dateRange"\s*:\s*\{/, /"exportedAt"\s*:/, /"messages"\s*:\s*\[/];
    const found = signs.filter((sign) => sign.test(head)).length;
    return found >= 2 ? 0.65 + 0.08 * found : 0;
  },
  read: (text, file, options, problems) => readJsonChat(discordMessages, text, file, options, problems),
};
