import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParrotletError } from "../../base/index.ts";
import { ScriptedBackend } from "../scripted-backend.contract.ts";
import { ChatSession } from "./chat-session.ts";
import { Conversation } from "./conversation.ts";
import { countingSources } from "./fixtures.contract.ts";
import { recordLine, recordsOfLines } from "./record-lines.ts";
import type { SessionEvent } from "./session-events.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", " ", "🦜".repeat(50), "x\n\ny"),
);
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send"), text }) },
  fc.record({ do: fc.constant("edit"), at: fc.integer({ min: -4, max: 4 }), text }),
  fc.record({ do: fc.constantFrom("regenerate", "continue", "undo", "redo", "back", "system") }),
);
/** After how many events of a reply something happens: the person stops it, leaves it, or the model fails. */
const trouble = fc.option(fc.record({ after: fc.nat(6), how: fc.constantFrom("abort", "leave", "fail") }), {
  nil: undefined,
});
type Act = { readonly do: string; readonly text?: string; readonly at?: number };
type Trouble = { readonly after: number; readonly how: string } | undefined;

const EXPECTED = ["message-not-found", "prompt-too-long"];

describe("a session with any history", () => {
  it("never exceeds the window, and what is written makes the same conversation at any moment", async () => {
    const acts = fc.array(fc.tuple(act, trouble), { maxLength: 12 });
    const window = fc.integer({ min: 4, max: 120 });
    const room = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        acts,
        window,
        room,
        fc.boolean(),
        async (all, contextWindow, maxNewTokens, history) => {
          const backend = new ScriptedBackend({ contextWindow, abilities: { history } });
          const conversation = Conversation.begin(countingSources());
          let file = conversation.records.map(recordLine).join("");
          const same = (): void => {
            const again = Conversation.fromRecords(recordsOfLines(file, conversation.id), countingSources());
            expect(again.records).toEqual(conversation.records);
            expect(again.path).toEqual(conversation.path);
          };
          const onRecord = async (record: Parameters<typeof recordLine>[0]): Promise<void> => {
            file += recordLine(record);
          };
          const session = new ChatSession({
            backend,
            conversation,
            config: { maxNewTokens },
            nextSeed: () => 1,
            onRecord,
          });
          for (const [what, happens] of all) {
            const before = conversation.messages;
            await tried(() => perform(session, backend, what, happens, contextWindow));
            expect(session.busy).toBe(false);
            expect(conversation.messages.slice(0, before.length)).toEqual(before);
            for (const message of conversation.messages.slice(before.length))
              if (message.role === "assistant")
                expect([message.text, message.text !== ""]).toEqual([message.text.trim(), true]);
            same();
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

async function tried(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error && error.message === "cable cut") return;
    expect(error).toBeInstanceOf(ParrotletError);
    expect(EXPECTED).toContain((error as ParrotletError).code);
  }
}

async function perform(
  session: ChatSession,
  backend: ScriptedBackend,
  { do: what, text: said = "", at = 0 }: Act,
  happens: Trouble,
  contextWindow: number,
): Promise<void> {
  if (what === "undo") return session.undo();
  if (what === "redo") return session.redo();
  if (what === "back") return session.choose(-1, -1);
  if (what === "system")
    return session.setSystem(session.conversation.system === undefined ? "s" : undefined);
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const events: Record<string, () => AsyncGenerator<SessionEvent, void>> = {
    send: () => session.send(said, options),
    edit: () => session.edit(at, said, options),
    regenerate: () => session.regenerate(options),
    continue: () => session.continueReply(options),
  };
  const made = backend.made;
  const reply = ScriptedBackend.prototype.reply.bind(backend);
  backend.reply = async function* (...all) {
    for await (const event of reply(...all)) {
      if (happens?.how === "fail" && backend.made - made > happens.after) throw new Error("cable cut");
      yield event;
    }
  };
  let [told, heard, ended] = [0, "", false];
  for await (const event of events[what]?.() ?? []) {
    if (event.type === "prompt") {
      expect(told).toBe(0);
      expect(event.promptTokens + event.maxNewTokens).toBeLessThanOrEqual(contextWindow);
      const { path, head } = session.conversation;
      const asked = what === "regenerate" ? path.findLast(({ role }) => role === "user") : head;
      expect(event.kept.at(-1)).toBe(asked);
    } else if (event.type === "delta") heard += event.text;
    else {
      ended = true;
      if (what !== "continue") expect(event.message?.text ?? "").toBe(heard.trim());
      expect(event.message).toBe(heard.trim() === "" ? undefined : session.conversation.head);
    }
    if (++told > (happens?.after ?? 1e9)) {
      if (happens?.how === "abort") abort.abort();
      if (happens?.how === "leave") return;
    }
  }
  expect(ended).toBe(true);
}
