import type { Conversation, ReadProblem } from "../item.ts";
import type { ChatFormat, ChatReadOptions } from "./chat-format.ts";
import { ChatLog } from "./chat-log.ts";
import { conversationsOf, gapSeconds } from "./conversations.ts";
import { type Line, linesOf } from "./lines.ts";
import { Room } from "./room.ts";
import { speakersCalled } from "./speakers.ts";
import { type DateNumbers, DateOrder, dayOf } from "./whatsapp-dates.ts";
import { type WhatsAppHead, whatsAppHead } from "./whatsapp-line.ts";
import { typedText } from "./whatsapp-words.ts";

const SECONDS_A_DAY = 86_400;
const WANTED = "Export the chat from WhatsApp (Export chat, without media) and give its .txt file.";

/** Levels of log files, whose lines begin as those of a chat do. */
const LEVEL = /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b/i;

/** The beginning of a head: a date or a part of one, and not much after it. */
const CUT =
  /^\W{0,4}(?:[\d./-]{1,10}|\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}[^:]{0,12}(?::\d{0,2}){0,2}[^:]{0,20})$/;

/** A message as it stands in the file. Which number of its date is the day shows only at the end of the file. */
interface Begun {
  readonly head: WhatsAppHead;
  readonly line: number;
  readonly parts: string[];
}

class WhatsAppReader {
  readonly log: ChatLog;
  readonly #room: Room;
  readonly order: DateOrder = new DateOrder();
  readonly #days: DateNumbers[] = [];
  readonly #dayNumbers = new Map<string, number>();
  #begun: Begun | undefined;

  constructor(file: string) {
    this.#room = new Room(file);
    this.log = new ChatLog(file, this.#room);
  }

  /** Takes a line: the head of a message, or what goes on from the line before. */
  take({ text, number }: Line): void {
    const head = whatsAppHead(text);
    if (head) {
      this.finish();
      this.order.see(head.date);
      this.#begun = { head, line: number, parts: [head.text] };
    } else if (this.#begun) {
      this.#room.take(text.length);
      this.#begun.parts.push(text);
    } else if (text.trim() !== "") this.log.leaveOut("heading", number);
  }

  /** Puts the message that was begun into the log. Its time counts from the first of its day for now. */
  finish(): void {
    const begun = this.#begun;
    this.#begun = undefined;
    if (!begun) return;
    const { head, line, parts } = begun;
    if (!head.author) {
      this.log.leaveOut("program", line);
      return;
    }
    const typed = typedText(parts.join("\n"));
    if ("reason" in typed) {
      this.log.leaveOut(typed.reason, line);
      return;
    }
    const speaker = this.log.speaker(head.author);
    const time = this.#dayNumber(head.date) * SECONDS_A_DAY + head.time;
    this.log.add({ speaker, text: typed.text, line, time, chat: 0 });
  }

  /** Which of the file's different dates it is. */
  #dayNumber(date: DateNumbers): number {
    const key = date.join();
    const known = this.#dayNumbers.get(key);
    if (known !== undefined) return known;
    this.#dayNumbers.set(key, this.#days.length);
    return this.#days.push(date) - 1;
  }

  /** Replaces numbers of dates by days, now that the order of day and month is known. */
  dated(): void {
    const days = this.#days.map((date) => dayOf(date, this.order.best));
    for (const message of this.log.messages) {
      const day = days[Math.floor(message.time / SECONDS_A_DAY)] ?? Number.NaN;
      message.time = day * SECONDS_A_DAY + (message.time % SECONDS_A_DAY);
    }
  }
}

async function* read(
  text: AsyncIterable<string>,
  file: string,
  { me, gapHours, onSpeakers }: ChatReadOptions,
  problems: (problem: ReadProblem) => void,
): AsyncGenerator<Conversation, void> {
  const gap = gapSeconds(gapHours);
  const reader = new WhatsAppReader(file);
  let last = 1;
  for await (const line of linesOf(text, file)) {
    last = line.number;
    if (!line.ended && !whatsAppHead(line.text) && CUT.test(line.text)) {
      const message =
        "the file ends within the head of a message, which was left out. Export the chat again if more should be here.";
      problems({ file, line: line.number, message });
    } else reader.take(line);
  }
  reader.finish();
  reader.dated();
  const { log } = reader;
  onSpeakers?.(log.speakers);
  if (log.messages.length > 0) {
    const assistant = speakersCalled(me, log);
    yield* conversationsOf(log, gap, () => (speaker) => (assistant.has(speaker) ? "assistant" : "user"));
  } else problems({ file, line: last, message: `no message of anybody stands up to here. ${WANTED}` });
  log.report(problems);
}

export const whatsapp: ChatFormat = {
  id: "whatsapp",
  about: "WhatsApp: the text file of an exported chat, from Android or an iPhone",
  recognises(head, name) {
    const lines = head.split("\n").filter((line) => line.trim() !== "");
    const heads = lines.flatMap((line) => whatsAppHead(line.replace(/\r$/, "")) ?? []);
    const said = heads.filter(({ author }) => author !== undefined && !LEVEL.test(author)).length;
    if (said === 0 || said < heads.length / 4) return 0;
    if (/whatsapp|^_chat/i.test(name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1)))
      return 0.98;
    if (said < 2 || !whatsAppHead(lines[0] ?? "")) return 0;
    return said / lines.length > 0.1 ? 0.95 : 0.6;
  },
  read,
};
