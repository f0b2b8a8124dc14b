import { type ChatBackend, type ChatMessage, PromptTooLongError } from "../../chat/index.ts";
import type { ReadMessages } from "./messages.ts";

export interface Fitted {
  readonly messages: readonly ChatMessage[];
  readonly dropped: number;
  readonly maxNewTokens: number;
}

/**
 * What of a conversation the window holds, with room for a reply. By default whole exchanges go, the oldest first, until there is room
 * for what was asked or half of the window, whichever is less; the reply gets what is left, at most what was asked. Where nothing was
 * asked, it gets half of the window at most.
 *
 * @param truncate Otherwise nothing goes.
 * @throws {PromptTooLongError} Where it does not fit.
 */
export async function fitWindow(
  backend: ChatBackend,
  { system, messages }: ReadMessages,
  { asked, truncate }: { readonly asked: number | undefined; readonly truncate: boolean },
): Promise<Fitted> {
  const { contextWindow } = backend;
  const half = Math.max(1, Math.floor(contextWindow / 2));
  const lead = system ? [system] : [];
  if (!truncate) {
    const all = [...lead, ...messages];
    const promptTokens = await backend.countTokens(all);
    const maxNewTokens = asked ?? Math.max(1, Math.min(half, contextWindow - promptTokens));
    if (promptTokens + maxNewTokens > contextWindow)
      throw new PromptTooLongError({ promptTokens, maxNewTokens, contextWindow });
    return { messages: all, dropped: 0, maxNewTokens };
  }
  const wanted = Math.min(asked ?? half, half);
  const starts = messages.flatMap(({ role }, index) => (role === "user" || index === 0 ? [index] : []));
  for (const start of starts) {
    const kept = [...lead, ...messages.slice(start)];
    const promptTokens = await backend.countTokens(kept);
    const room = contextWindow - promptTokens;
    if (room >= wanted || (start === starts.at(-1) && room > 0))
      return { messages: kept, dropped: start, maxNewTokens: Math.min(asked ?? half, room) };
    if (start === starts.at(-1))
      throw new PromptTooLongError({ promptTokens, maxNewTokens: 1, contextWindow });
  }
  throw new PromptTooLongError({ promptTokens: contextWindow, maxNewTokens: 1, contextWindow });
}
