import { type ChatBackend, type ChatMessage, fitBudget, PromptTooLongError } from "../../chat/index.ts";
import type { ReadMessages } from "./messages.ts";

export interface Fitted {
  readonly messages: readonly ChatMessage[];
  readonly dropped: number;
  readonly maxNewTokens: number;
}

export interface Room {
  /** Tokens of the reply that the client asked for. */
  readonly asked: number | undefined;
  /** Where it did not. @default half of the window */
  readonly usual: number | undefined;
  readonly truncate: boolean;
}

/**
 * What of a conversation the window holds, with room for a reply. By default whole exchanges go, the oldest first, until there is room
 * for what was asked or half of the window, whichever is less; the reply gets what is left, at most what was asked. Where nothing was
 * asked, it gets what is usual, by default half of the window at most: clients ask for thousands of tokens of any model, and a tiny one has no such window.
 *
 * @param truncate Otherwise nothing goes, and what was asked must fit.
 * @throws {PromptTooLongError} Where it does not fit.
 */
export async function fitWindow(
  backend: ChatBackend,
  { system, messages }: ReadMessages,
  { asked, usual, truncate }: Room,
): Promise<Fitted> {
  const { contextWindow } = backend;
  const half = Math.max(1, Math.floor(contextWindow / 2));
  const count = (all: readonly ChatMessage[]): Promise<number> => backend.countTokens(all);
  if (!truncate) {
    const all = system ? [system, ...messages] : messages;
    const promptTokens = await count(all);
    const maxNewTokens = asked ?? Math.max(1, Math.min(usual ?? half, contextWindow - promptTokens));
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
    return { messages: all, dropped: 0, maxNewTokens };
  }
  const wanted = asked ?? usual ?? half;
  const options = { count, system, messages, contextWindow };
  const budget = await fitBudget({ ...options, maxNewTokens: Math.min(wanted, half) }).catch((error) => {
    if (error instanceof PromptTooLongError) return fitBudget(options);
    throw error;
  });
  const room = contextWindow - budget.promptTokens;
  return {
    messages: budget.kept,
    dropped: budget.dropped.length,
    maxNewTokens: Math.min(wanted, room),
  };
}
