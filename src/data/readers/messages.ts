import { shown } from "../../base/index.ts";
import type { Message, Role } from "../item.ts";

/** What people call the two sides and the instructions to one of them. `null`: what tools say, which nobody is to learn. */
const ROLES: Readonly<Record<string, Role | null>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  prompter: "user",
  customer: "user",
  client: "user",
  usr: "user",
  assistant: "assistant",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  chatbot: "assistant",
  model: "assistant",
  ai: "assistant",
  sys: "assistant",
  tool: null,
  function: null,
  function_call: null,
  function_response: null,
  observation: null,
  ipython: null,
};

/** A speaker's role; `null` for tools, `undefined` for a name of its own. */
export const roleOf = (speaker: string): Role | null | undefined => {
  const key = speaker.trim().toLowerCase();
  return Object.hasOwn(ROLES, key) ? ROLES[key] : undefined;
};

const SPEAKER = ["role", "from", "speaker", "agent", "author", "sender", "speaker_id"];
const TEXT = ["content", "value", "text", "message", "utterance", "body", "parts"];

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const firstOf = (fields: Fields, names: readonly string[]): unknown => {
  for (const name of names) if (Object.hasOwn(fields, name)) return fields[name];
  return undefined;
};

/** Whether a value is one message of a conversation, rather than a record of its own. */
export const isMessage = (value: unknown): boolean =>
  isFields(value) &&
  typeof firstOf(value, SPEAKER.slice(0, 4)) === "string" &&
  firstOf(value, TEXT) !== undefined;

/** Lists within lists are followed no deeper: no data has more, and a file made to harm could. */
const DEEPEST = 8;

/** Text in any of the forms that messages have: a string, a list of parts, or an object around one of these. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return String(value);
  if (depth === DEEPEST) return "";
  if (Array.isArray(value)) {
    const parts = value.map((part) => textOf(part, depth + 1));
    return parts.filter((part) => part !== "").join("\n");
  }
  return isFields(value) ? textOf(firstOf(value, ["text", "parts", "content", "value"]), depth + 1) : "";
}

/**
 * The messages of a list: objects with a speaker and a text, or strings in turn, the person's first. Who has a name of its own is a
 * side by the order in which they speak.
 *
 * @returns What is wrong, where it is no conversation of two.
 */
export function messagesOf(list: readonly unknown[]): Message[] | string {
  if (list.every((each) => typeof each === "string")) {
    return list.map((text, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text }));
  }
  const said: { speaker: string; text: string }[] = [];
  for (const each of list) {
    const speaker = isFields(each) ? firstOf(each, SPEAKER) : undefined;
    const name = isFields(speaker) ? firstOf(speaker, ["role", "name"]) : speaker;
    if (!isFields(each) || (typeof name !== "string" && typeof name !== "number")) {
      return `${shown(each)} is not a message: it must have a role and a content.`;
    }
    const text = textOf(firstOf(each, TEXT));
    // What calls a tool has no text, and is not meant to have any.
    if (text === "" && (each["tool_calls"] || each["function_call"])) continue;
    said.push({ speaker: String(name), text });
  }
  return withRoles(said);
}

/** Gives what was said the roles of those who said it; of two that are not known, the first is the user. */
export function withRoles(said: readonly { speaker: string; text: string }[]): Message[] | string {
  const roles = new Map<string, Role | null>();
  for (const { speaker } of said) {
    if (roles.has(speaker)) continue;
    const known = roleOf(speaker);
    const free = (["user", "assistant"] as const).find((role) => ![...roles.values()].includes(role));
    const role = known === undefined ? free : known;
    if (role === undefined) {
      const names = [...roles.keys(), speaker].map((name) => shown(name)).join(", ");
      return `more than two speak: ${names}. A conversation has a user and an assistant.`;
    }
    roles.set(speaker, role);
  }
  return said.flatMap(({ speaker, text }) => {
    const role = roles.get(speaker);
    return role ? [{ role, text }] : [];
  });
}
