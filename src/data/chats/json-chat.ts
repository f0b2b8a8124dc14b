import { shown } from "../../base/index.ts";
import type { Conversation, ReadProblem } from "../item.ts";
import type { ChatReadOptions } from "./chat-format.ts";
import { ChatLog, type LoggedMessage } from "./chat-log.ts";
import { conversationsOf, gapSeconds } from "./conversations.ts";
import { jsonRecords } from "./json-records.ts";
import { speakersCalled } from "./speakers.ts";

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The text of a field that should have one. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** A JSON export: one object for each message, in lists called `messages`, a list for each chat. */
export interface JsonChat {
  /** What to export, for messages. */
  readonly wanted: string;
  /** Adds a message to the log, or what is left out. */
  log(message: Fields, place: { readonly line: number; readonly chat: number }, log: ChatLog): void;
}

/** Reads an export message by message: only the messages' texts are kept, whatever else it holds. */
export async function* readJsonChat(
  kind: JsonChat,
  text: AsyncIterable<string>,
  file: string,
  { me, gapHours, onSpeakers }: ChatReadOptions,
  problems: (problem: ReadProblem) => void,
): AsyncGenerator<Conversation, void> {
  const gap = gapSeconds(gapHours);
  const log = new ChatLog(file);
  let [line, found] = [1, 0];
  const records = jsonRecords(text, "messages");
  let next = await records.next();
  for (; !next.done; next = await records.next()) {
    const record = next.value;
    line = record.line;
    found++;
    const message = record.json === undefined ? undefined : parsed(record.json);
    if (isFields(message)) kind.log(message, { line, chat: record.list }, log);
    else problems({ file, line, message: `this message is ${faultOf(record.json)}, and was left out.` });
  }
  const whole = next.value;
  if (found === 0) {
    const message = `there are no messages here. ${kind.wanted}`;
    problems({ file, line, message });
    return;
  }
  if (!whole) {
    const message = `the file ends in the middle, after the message that begins here. What stands before was read. ${kind.wanted}`;
    problems({ file, line, message });
  }
  onSpeakers?.(log.speakers);
  oldestFirst(log.messages);
  if (log.messages.length > 0) {
    const assistant = speakersCalled(me, log);
    yield* conversationsOf(log, gap, () => (speaker) => (assistant.has(speaker) ? "assistant" : "user"));
  }
  log.report(problems);
}

/** Some exports can be told to begin with the newest message. */
function oldestFirst(messages: LoggedMessage[]): void {
  let steps = 0;
  for (const [index, { chat, time }] of messages.entries()) {
    const before = messages[index - 1];
    if (before?.chat === chat) steps += Math.sign(time - before.time) || 0;
  }
  if (steps < 0) messages.reverse();
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const faultOf = (json: string | undefined): string =>
  json === undefined ? "too long for one" : `not JSON (${shown(json)})`;
