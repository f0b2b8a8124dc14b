import type { ChatBackend, ChatMessage } from "../backend.ts";
import { type Budget, fitBudget } from "./fit-budget.ts";
import type { MessageRecord } from "./records.ts";
import type { PromptEvent } from "./session-events.ts";

export interface SeenOptions {
  readonly backend: ChatBackend;
  readonly path: readonly MessageRecord[];
  readonly system: string | undefined;
  /** Undefined: chosen by `fitBudget`. */
  readonly maxNewTokens: number | undefined;
  /** See `BudgetOptions`. */
  readonly usualNewTokens?: number | undefined;
}

/** What is sent to a model, and what is told of it. */
export interface Seen {
  readonly sent: readonly ChatMessage[];
  readonly event: Omit<PromptEvent, "type" | "seed">;
}

type Piece = ChatMessage & { readonly record: MessageRecord | undefined };

/**
 * What of a conversation a model sees: as much as its abilities and its context window allow.
 *
 * @throws {PromptTooLongError}
 */
export async function seenMessages(options: SeenOptions): Promise<Seen> {
  const { backend, path, system, maxNewTokens, usualNewTokens } = options;
  const { abilities, contextWindow } = backend;
  const newest = path.findLastIndex(({ role }) => role === "user");
  const inReach = abilities.history ? path : path.slice(Math.max(newest, 0));
  const told = abilities.system ? system : undefined;
  const pieces = inReach.map((record): Piece => ({ role: record.role, text: record.text, record }));
  const first: Piece | undefined =
    told === undefined ? undefined : { role: "system", text: told, record: undefined };
  const toSend = (messages: readonly Piece[]): ChatMessage[] =>
    messagesFor(
      backend,
      messages.map(({ role, text }) => ({ role, text })),
    );
  const budget: Budget<Piece> = await fitBudget({
    count: (messages) => backend.countTokens(toSend(messages)),
    system: first,
    messages: pieces,
    maxNewTokens,
    usualNewTokens,
    contextWindow,
  });
  const ignored = [
    ...(told === system ? [] : (["system"] as const)),
    ...(inReach.length === path.length ? [] : (["history"] as const)),
  ];
  const { promptTokens, maxNewTokens: room } = budget;
  const event = {
    system: told,
    kept: recordsOf(budget.kept),
    dropped: recordsOf(budget.dropped),
    ignored,
    promptTokens,
    maxNewTokens: room,
  };
  return { sent: toSend(budget.kept), event };
}

const recordsOf = (pieces: readonly Piece[]): MessageRecord[] =>
  pieces.flatMap(({ record }) => (record ? [record] : []));

/**
 * After a message that was never answered comes another one of the same role. Our own models take that; the templates of many
 * others demand that roles alternate, so for them such messages are one.
 */
function messagesFor({ kind }: ChatBackend, messages: readonly ChatMessage[]): ChatMessage[] {
  if (kind === "tiny") return [...messages];
  const joined: ChatMessage[] = [];
  for (const message of messages) {
    const before = joined.at(-1);
    if (before?.role !== message.role) joined.push(message);
    else joined[joined.length - 1] = { role: message.role, text: `${before.text}\n\n${message.text}` };
  }
  return joined;
}
