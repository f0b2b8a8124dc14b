import type { ChatFormat } from "./chat-format.ts";
import type { ChatLog } from "./chat-log.ts";
import { type Fields, isFields, type JsonChat, readJsonChat, textOf } from "./json-chat.ts";

/**
 * `result.json` of Telegram Desktop: one chat, or all with `chats.list`. Replies stand where they were sent. What others
 * forwarded stays, as what the answer is about; what `me` forwarded is not in their words and is left out.
 *
 * @see https://core.telegram.org/import-export
 */
const telegramMessages: JsonChat = {
  wanted:
    "Export the chat from Telegram Desktop as machine-readable JSON (⋮, Export chat history), and give its result.json.",
  log(message: Fields, { line, chat }, log: ChatLog): void {
    if (textOf(message["type"]) !== "message") {
      log.leaveOut("program", line);
      return;
    }
    const id = textOf(message["from_id"]) || String(message["from_id"] ?? message["from"] ?? "");
    const name = textOf(message["from"]) || "Deleted account";
    const text = plain(message["text"]);
    if (text.trim() === "") {
      log.leaveOut("media", line);
      return;
    }
    const forwarded = "forwarded_from" in message;
    const speaker = log.speaker(id, name, id === name ? [] : [id]);
    log.add({ speaker, text, line, time: timeOf(message), chat }, forwarded);
  },
};

/** Text is a string, or a list of strings and of objects with a part that looks special, as a link does. */
function plain(text: unknown): string {
  if (!Array.isArray(text)) return textOf(text);
  return text.map((part: unknown) => (isFields(part) ? textOf(part["text"]) : textOf(part))).join("");
}

/** Older exports have only the local time. */
function timeOf(message: Fields): number {
  const seconds = Number(message["date_unixtime"] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : Date.parse(`${textOf(message["date"])}Z`) / 1000;
}

const KINDS =
  /"type"\s*:\s*"(personal_chat|bot_chat|saved_messages|replies|(private|public)_(group|supergroup|channel))"/;

export const telegram: ChatFormat = {
  id: "telegram",
  about: "Telegram: result.json of one chat or of all, exported by Telegram Desktop as JSON",
  recognises(head) {
    if (!/^\s*\{/.test(head)) return 0;
    if (KINDS.test(head) && /"messages"\s*:\s*\[/.test(head)) return 0.95;
    if (/"from_id"\s*:\s*"(user|channel)\d+"/.test(head) && /"date_unixtime"/.test(head)) return 0.9;
    return /"about"\s*:/.test(head) && /"(personal_information|chats)"\s*:\s*\{/.test(head) ? 0.8 : 0;
  },
  read: (text, file, options, problems) => readJsonChat(telegramMessages, text, file, options, problems),
};
