import fc from "fast-check";
import { ParrotletError } from "../../base/index.ts";
import { Conversation } from "./conversation.ts";
import type { ConversationSources } from "./records.ts";
import type { SessionEvent } from "./session-events.ts";

/** Ids a1, a2, ... and a second for each time that is asked for, for tests. */
export function countingSources(prefix = "a"): ConversationSources {
  let [ids, seconds] = [0, 0];
  return {
    newId: () => `${prefix}${++ids}`,
    now: () => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds++).toISOString(),
  };
}

export async function collected(events: AsyncIterable<SessionEvent>): Promise<SessionEvent[]> {
  const all: SessionEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** What may happen to a conversation; numbers choose among its messages. */
export const historyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("user" as const), text: fc.string({ unit: "binary" }) }),
  fc.record({ do: fc.constantFrom("reply", "edit", "continue", "choose"), at: fc.nat(), text: fc.string() }),
  fc.record({ do: fc.constantFrom("undo", "redo") }),
  fc.record({ do: fc.constant("system"), text: fc.option(fc.string(), { nil: undefined }) }),
  fc.record({ do: fc.constant("title"), text: fc.string() }),
);
type Step = { readonly do: string; readonly at?: number; readonly text?: string | undefined };

export function played(steps: readonly Step[]): Conversation {
  const talk = Conversation.begin(countingSources());
  for (const { do: what, at = 0, text = "" } of steps) {
    const { messages } = talk;
    const id = messages[at % Math.max(1, messages.length)]?.id ?? "";
    try {
      if (what === "user") talk.append(talk.userMessage(text));
      else if (what === "reply") talk.append(talk.reply(id, { text }));
      else if (what === "edit") talk.append(talk.edited(id, text));
      else if (what === "continue") talk.append(talk.continued(id, { text }));
      else if (what === "choose") talk.append(talk.chosen(id));
      else if (what === "undo") talk.append(talk.undone());
      else if (what === "redo") talk.append(talk.redone());
      else if (what === "system") talk.append(talk.systemChanged(text));
      else talk.append(talk.titled(text));
    } catch (error) {
      if (!(error instanceof ParrotletError && error.code === "message-not-found")) throw error;
    }
  }
  return talk;
}
