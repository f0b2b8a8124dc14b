import { shown } from "../../base/index.ts";
import type { BackendAbilities, ChatMessage } from "../../chat/index.ts";
import { refused } from "../api-error.ts";
import type { ContentPart, RequestMessage } from "./chat-request.ts";

export interface ReadMessages {
  /** What all messages of the roles `system` and `developer` say; left out where the model takes none. */
  readonly system: ChatMessage | undefined;
  /** The rest, of the user and the assistant. */
  readonly messages: readonly ChatMessage[];
  /** What was left out because the model knows nothing of it. */
  readonly ignored: readonly ("system" | "tool")[];
}

/**
 * Messages as a backend takes them. Calls of tools and their results are left out: no model here makes any.
 *
 * @param goOn Continue the last message if it is the assistant's; otherwise a new reply follows it.
 * @throws {ApiError} 400 where a part is no text, where none is the user's or the assistant's.
 */
export function readMessages(
  given: readonly RequestMessage[],
  { system: takesSystem, history }: BackendAbilities,
  goOn: boolean,
): ReadMessages {
  const ignored = new Set<"system" | "tool">();
  const systems: string[] = [];
  const messages: ChatMessage[] = [];
  for (const [index, message] of given.entries()) {
    const text = textOf(message.content, `messages[${index}].content`);
    const role = roleOf(message, text, index);
    if (role === "tool") ignored.add("tool");
    else if (role === "system") systems.push(text ?? "");
    else messages.push({ role, text: text ?? "" });
  }
  if (messages.length === 0) throw refused("messages holds none of the user.", "messages");
  if (messages.at(-1)?.role === "assistant" && !goOn) answerAgain(messages, history);
  if (systems.length > 0 && !takesSystem) ignored.add("system");
  const taken = systems.length > 0 && takesSystem;
  const system = taken ? ({ role: "system", text: systems.join("\n\n") } as const) : undefined;
  return { system, messages, ignored: [...ignored] };
}

/** What a message is to us; one of the assistant without a text called a tool. */
function roleOf(
  { role }: RequestMessage,
  text: string | undefined,
  index: number,
): ChatMessage["role"] | "tool" {
  if (role === "tool" || role === "function") return "tool";
  if (role === "system" || role === "developer") return "system";
  if (text !== undefined) return role;
  if (role === "assistant") return "tool";
  const param = `messages[${index}].content`;
  throw refused(`${param} is missing.`, param, "missing_required_parameter");
}

/** A backend goes on with a last message of the assistant. What follows it as a message of its own goes on with an empty one. */
function answerAgain(messages: ChatMessage[], history: boolean): void {
  if (history) messages.push({ role: "assistant", text: "" });
  else while (messages.length > 1 && messages.at(-1)?.role === "assistant") messages.pop();
}

function textOf(
  content: string | readonly ContentPart[] | null | undefined,
  param: string,
): string | undefined {
  if (content === null || content === undefined) return undefined;
  if (typeof content === "string") return content;
  const texts = content.map(({ type, text }, index) => {
    if ((type === "text" || type === "refusal") && text !== undefined) return text;
    const what =
      type === "text" ? "has no text" : `is of the type ${shown(type)}; models here read text only`;
    throw refused(`${param}[${index}] ${what}.`, `${param}[${index}]`, "unsupported_value");
  });
  return texts.join("");
}
