import type { ReadProblem } from "../item.ts";
import { Room } from "./room.ts";

export interface Speaker {
  /** As the file shows it. */
  readonly name: string;
  /** What else one may call them: a user name, an id. */
  readonly aliases: readonly string[];
  messages: number;
}

export interface LoggedMessage {
  /** Which of the log's speakers. */
  readonly speaker: number;
  readonly text: string;
  readonly line: number;
  /** Seconds from any moment; NaN where the file does not say. A reader may learn only later what its dates mean. */
  time: number;
  /** Messages of different chats never stand in one conversation. */
  readonly chat: number;
  /** The words are somebody else's. */
  readonly forwarded: boolean;
}

/** Why something was left out, and how the report calls one and many of them. */
const REASONS = {
  program: ["line of the chat program itself", "lines of the chat program itself"],
  media: ["message without text", "messages without text"],
  deleted: ["deleted message", "deleted messages"],
  forwarded: ["message that the assistant only forwarded", "messages that the assistant only forwarded"],
  opening: ["message to which nothing came before", "messages to which nothing came before"],
  unanswered: ["message without an answer", "messages without an answer"],
  heading: ["line before the first speaker", "lines before the first speaker"],
} as const;

export type Reason = keyof typeof REASONS;

/** Collects what a file says, who says it, and what is left out of it. */
export class ChatLog {
  readonly file: string;
  readonly messages: LoggedMessage[] = [];
  readonly speakers: Speaker[] = [];
  readonly #room: Room;
  readonly #byKey = new Map<string, number>();
  readonly #leftOut = new Map<Reason, number>();
  #firstLeftOut = 0;
  #undecoded = 0;
  #firstUndecoded = 0;

  constructor(file: string, room: Room = new Room(file)) {
    this.file = file;
    this.#room = room;
  }

  /** The number of a speaker, who is new if nobody had that key. */
  speaker(key: string, name: string = key, aliases: readonly string[] = []): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#room.take(key.length + name.length);
    this.#byKey.set(key, this.speakers.length);
    return this.speakers.push({ name, aliases, messages: 0 }) - 1;
  }

  /** Keeps a message, unless nothing is left of its text or a part of it could not be decoded. */
  add(message: Omit<LoggedMessage, "forwarded">, forwarded: boolean = false): void {
    const text = message.text.replace(/\p{Surrogate}/gu, "").trim();
    if (text === "") {
      this.leaveOut("media", message.line);
      return;
    }
    if (text.includes("\uFFFD")) {
      if (this.#undecoded++ === 0) this.#firstUndecoded = message.line;
      return;
    }
    this.#room.take(text.length);
    const speaker = this.speakers[message.speaker];
    if (speaker) speaker.messages++;
    this.messages.push({ ...message, text, forwarded });
  }

  leaveOut(reason: Reason, line: number): void {
    if (this.#leftOut.size === 0) this.#firstLeftOut = line;
    this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + 1);
  }

  /** Tells what was left out. */
  report(problems: (problem: ReadProblem) => void): void {
    const counts = [...this.#leftOut].map(([reason, count]) => {
      const [one, many] = REASONS[reason];
      return `${count} ${count === 1 ? one : many}`;
    });
    if (counts.length > 0) {
      const message = `left out ${counts.join(", ")}; this is where the first stands. Nothing has to be done.`;
      problems({ file: this.file, line: this.#firstLeftOut, message });
    }
    if (this.#undecoded === 0) return;
    const many = this.#undecoded === 1 ? "a message" : `${this.#undecoded} messages`;
    const message = `left out ${many} with characters that are not UTF-8 (\uFFFD), the first here. Export the chat again, or save the file as UTF-8.`;
    problems({ file: this.file, line: this.#firstUndecoded, message });
  }
}
