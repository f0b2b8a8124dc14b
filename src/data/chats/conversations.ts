import { ParrotletError, shown } from "../../base/index.ts";
import type { Conversation, Message, Role } from "../item.ts";
import type { ChatLog, LoggedMessage } from "./chat-log.ts";

/** Hours. */
const GAP = 6;

/** What each speaker of one conversation is to the model. */
export type RoleOf = (speaker: number) => Role;

/** @throws {ParrotletError} `bad-gap` */
export function gapSeconds(gapHours: number = GAP): number {
  if (gapHours > 0) return gapHours * 3600;
  throw new ParrotletError(
    "bad-gap",
    `The hours of silence between two conversations must be above 0; they are ${shown(gapHours)}. ${GAP} are usual.`,
  );
}

/**
 * Cuts what was said into conversations: by chat, and by silences longer than `gap` seconds. A jump back in time as long
 * is a cut too: there, two exports were put together.
 *
 * @param rolesIn gives the roles in one conversation
 */
export function* conversationsOf(
  log: ChatLog,
  gap: number,
  rolesIn: (messages: readonly LoggedMessage[]) => RoleOf,
): Generator<Conversation, void> {
  for (const chat of cut(log.messages, (before, after) => before.chat !== after.chat)) {
    const roleInChat = rolesIn(chat);
    const speakers = new Set(chat.map(({ speaker }) => speaker));
    const labelled = [...speakers].filter((speaker) => roleInChat(speaker) === "user").length > 1;
    const silence = (before: LoggedMessage, after: LoggedMessage): boolean =>
      Math.abs(after.time - before.time) > gap;
    for (const messages of cut(chat, silence)) {
      const conversation = conversationOf(messages, rolesIn(messages), labelled, log);
      if (conversation) yield conversation;
    }
  }
}

function* cut(
  messages: readonly LoggedMessage[],
  between: (before: LoggedMessage, after: LoggedMessage) => boolean,
): Generator<readonly LoggedMessage[], void> {
  let from = 0;
  for (const [index, message] of messages.entries()) {
    const before = messages[index - 1];
    if (!before || !between(before, message)) continue;
    yield messages.slice(from, index);
    from = index;
  }
  if (from < messages.length) yield messages.slice(from);
}

interface Turn {
  readonly role: Role;
  readonly parts: string[];
  readonly messages: LoggedMessage[];
}

function conversationOf(
  messages: readonly LoggedMessage[],
  roleOf: RoleOf,
  labelled: boolean,
  log: ChatLog,
): Conversation | undefined {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = roleOf(message.speaker);
    const reason = outOfPlace(role, message, turns.at(-1)?.role);
    if (reason) log.leaveOut(reason, message.line);
    else
      say(
        message,
        role,
        turns,
        labelled && role === "user" ? log.speakers[message.speaker]?.name : undefined,
      );
  }
  while (turns.length > 0 && turns.at(-1)?.role !== "assistant") {
    for (const { line } of turns.pop()?.messages ?? []) log.leaveOut("unanswered", line);
  }
  const first = turns[0]?.messages[0];
  if (!first) return undefined;
  const said = turns.map(({ role, parts }): Message => ({ role, text: parts.join("\n") }));
  return { kind: "conversation", file: log.file, line: first.line, messages: said };
}

/** Why a message cannot stand after what came before. */
function outOfPlace(
  role: Role,
  { forwarded }: LoggedMessage,
  before: Role | undefined,
): "forwarded" | "opening" | "program" | undefined {
  if (role === "system") return before === undefined || before === "system" ? undefined : "program";
  if (role === "user") return undefined;
  if (forwarded) return "forwarded";
  return before === undefined || before === "system" ? "opening" : undefined;
}

/** Adds a message to the last turn, or as a new one. The label stands where the speaker changes. */
function say(message: LoggedMessage, role: Role, turns: Turn[], label: string | undefined): void {
  const last = turns.at(-1);
  const turn = last?.role === role ? last : { role, parts: [], messages: [] };
  if (turn !== last) turns.push(turn);
  const goesOn = turn.messages.at(-1)?.speaker === message.speaker;
  turn.parts.push(label === undefined || goesOn ? message.text : `${label}: ${message.text}`);
  turn.messages.push(message);
}
