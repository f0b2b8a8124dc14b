import { shown } from "../../base/index.ts";
import { checkRecord, type Fields, invalid, isFields } from "./check-record.ts";
import { Conversation } from "./conversation.ts";
import type { ConversationSources } from "./records.ts";

const FORMAT = "parrotlet-conversation";

/** Most characters and records of a conversation that is read in, and how deep its JSON may be. */
export const IMPORT_LIMITS = { characters: 64_000_000, records: 200_000, depth: 64 } as const;

/** A conversation as JSON: all of it, or, as other programs read and write them, the messages of its path. */
export function conversationToJson(
  conversation: Conversation,
  as: "parrotlet" | "openai" = "parrotlet",
): string {
  if (as === "parrotlet") {
    const { records } = conversation;
    return `${JSON.stringify({ format: FORMAT, version: 1, records }, undefined, 2)}\n`;
  }
  const { system, path } = conversation;
  const first = system === undefined ? [] : [{ role: "system", content: system }];
  const messages = [...first, ...path.map(({ role, text }) => ({ role, content: text }))];
  return `${JSON.stringify({ messages }, undefined, 2)}\n`;
}

/**
 * A conversation from either form, or from a list of `{role, content}` alone. What the system says after the beginning replaces
 * what it said before; messages of other roles (tools) are refused.
 *
 * @throws {ParrotletError} `conversation-invalid`, `generation-config`.
 */
export function conversationFromJson(text: string, sources: ConversationSources): Conversation {
  const value = parsedJson(text);
  if (isFields(value) && value["format"] === FORMAT) return fromRecords(value, sources);
  const messages = isFields(value) ? value["messages"] : value;
  if (Array.isArray(messages)) return fromMessages(messages, sources);
  throw invalid(
    `This JSON is no conversation: it has neither "format": "${FORMAT}" nor a list of "messages".`,
  );
}

function fromRecords(value: Fields, sources: ConversationSources): Conversation {
  const { version, records } = value as Record<string, unknown>;
  if (version !== 1)
    throw invalid(`The conversation's version is ${shown(version)}; this program reads version 1.`);
  if (!Array.isArray(records))
    throw invalid(`The conversation's records are ${shown(records)}; they must be a list.`);
  mustBeFew(records);
  return Conversation.fromRecords(records.map(checkRecord), sources);
}

function fromMessages(messages: readonly unknown[], sources: ConversationSources): Conversation {
  mustBeFew(messages);
  const conversation = Conversation.begin(sources);
  for (const message of messages) {
    if (!isFields(message)) throw invalid(`A message is ${shown(message)}; it must be an object.`);
    const { role } = message as Record<string, unknown>;
    const text = textOf(message["content"]);
    if (role === "system" || role === "developer") conversation.append(conversation.systemChanged(text));
    else if (role === "user") conversation.append(conversation.userMessage(text));
    else if (role === "assistant") conversation.append(conversation.assistantMessage({ text }));
    else throw invalid(`A message's role is ${shown(role)}; it must be system, user or assistant.`);
  }
  return conversation;
}

/** A text, or parts of type `text`. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content : [content];
  const texts = parts.map((part) => (isFields(part) && part["type"] === "text" ? part["text"] : undefined));
  if (texts.every((text) => typeof text === "string")) return texts.join("");
  throw invalid(`A message's content is ${shown(content)}; it must be a text.`);
}

function mustBeFew(records: readonly unknown[]): void {
  const { records: most } = IMPORT_LIMITS;
  if (records.length > most)
    throw invalid(`The conversation has ${records.length} records; it may have ${most}.`);
}

/** @throws {ParrotletError} `conversation-invalid` where a text is too long to be read in. */
export function mustBeShort(text: string): void {
  const { characters } = IMPORT_LIMITS;
  if (text.length > characters)
    throw invalid(`The conversation is ${text.length} characters long; it may be ${characters}.`);
}

/** JSON of a bounded size and depth, without keys that mean something to JavaScript. */
export function parsedJson(text: string): unknown {
  mustBeShort(text);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`The conversation cannot be read as JSON: ${why}`);
  }
  mustBeShallow(value);
  return value;
}

function mustBeShallow(value: unknown): void {
  const open: [value: unknown, depth: number][] = [[value, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, depth] = next;
    if (typeof at !== "object" || at === null) continue;
    if (depth > IMPORT_LIMITS.depth)
      throw invalid(`The conversation's JSON is more than ${IMPORT_LIMITS.depth} levels deep.`);
    if (Object.hasOwn(at, "__proto__")) throw invalid('The conversation\'s JSON has a key "__proto__".');
    for (const inner of Object.values(at)) open.push([inner, depth + 1]);
  }
}
