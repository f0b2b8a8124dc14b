import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ByteTokenizer,
  CharacterTokenizer,
  renderPrompt,
  type Tokenizer,
  trainBpe,
} from "../../text/index.ts";
import type { ChatMessage } from "../backend.ts";
import { PromptTooLongError } from "../errors.ts";
import { type Budget, type BudgetOptions, fitBudget } from "./fit-budget.ts";

const LETTERS = "abcdefghij klmnoprt.?é🦜\n";
const tokenizers = new Map<string, Tokenizer>([
  ["characters", CharacterTokenizer.fit([LETTERS], { special: "chat" })],
  ["characters, pairs", CharacterTokenizer.fit([LETTERS], { special: "pairs" })],
  ["bytes", new ByteTokenizer("chat")],
]);
beforeAll(async () => {
  const said = ["a parrot can talk, can a parrot sing?", "a parrot can sing and talk and talk"];
  tokenizers.set("BPE", await trainBpe(said, { vocabulary: 290, special: "chat" }));
});

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constant("a parrot can talk. 🦜é ").map((part) => part.repeat(30)) },
);
const message = fc.record<ChatMessage>({ role: fc.constantFrom("user", "assistant"), text });
const history = fc
  .tuple(
    fc.option(fc.record({ role: fc.constant("system" as const), text }), { nil: undefined }),
    fc.array(message, { maxLength: 14 }),
    text,
    fc.option(text, { nil: undefined }),
  )
  .map(([system, before, asked, begun]) => {
    const newest: ChatMessage[] = [{ role: "user", text: asked }];
    if (begun !== undefined) newest.push({ role: "assistant", text: begun });
    return { system, messages: [...before, ...newest], newest };
  });
const window = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3000 }));
const asked = fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined });

/** Where the exchange before an index begins. */
function exchangeBefore(messages: readonly ChatMessage[], end: number): number {
  const user = messages.slice(0, end).findLastIndex(({ role }) => role === "user");
  return Math.max(0, user);
}

/** By trying all that could be dropped, from nothing on: what `fitBudget` must come to, counted one by one. */
function plainly(options: BudgetOptions<ChatMessage>, count: (kept: readonly ChatMessage[]) => number) {
  const { system, messages, maxNewTokens, contextWindow } = options;
  const wanted = maxNewTokens ?? Math.max(1, Math.min(100, Math.floor(contextWindow / 2)));
  const starts = [0, ...messages.flatMap(({ role }, at) => (role === "user" && at > 0 ? [at] : []))];
  for (const start of starts) {
    const kept = [...(system ? [system] : []), ...messages.slice(start)];
    if (count(kept) + wanted <= contextWindow) return { start, room: wanted };
  }
  const start = starts.at(-1) ?? 0;
  const left = contextWindow - count([...(system ? [system] : []), ...messages.slice(start)]);
  return maxNewTokens === undefined && left >= Math.min(wanted, 8) ? { start, room: left } : undefined;
}

describe.each(["characters", "characters, pairs", "bytes", "BPE"])("a budget in %s", (name) => {
  const setup = (made: { system: ChatMessage | undefined; messages: ChatMessage[] }) => {
    const tokenizer = tokenizers.get(name) as Tokenizer;
    const system = name.endsWith("pairs") ? undefined : made.system;
    const count = (messages: readonly ChatMessage[]): number => renderPrompt(tokenizer, messages).length;
    return { system, messages: made.messages, count };
  };

  it("never exceeds the window, keeps what must stay, and drops whole exchanges, no more than it must", async () => {
    await fc.assert(
      fc.asyncProperty(history, window, asked, async (made, contextWindow, maxNewTokens) => {
        const { count, ...rest } = setup(made);
        const options = {
          ...rest,
          contextWindow,
          maxNewTokens,
          count: async (m: readonly ChatMessage[]) => count(m),
        };
        let budget: Budget<ChatMessage>;
        try {
          budget = await fitBudget(options);
        } catch (error) {
          expect(error).toBeInstanceOf(PromptTooLongError);
          expect(plainly(options, count)).toBeUndefined();
          return;
        }
        const { kept, dropped, promptTokens, maxNewTokens: room } = budget;
        const { system, messages } = rest;
        expect(promptTokens).toBe(count(kept));
        expect(promptTokens + room).toBeLessThanOrEqual(contextWindow);
        expect(room).toBe(maxNewTokens ?? Math.min(room, 100));
        expect(room).toBeGreaterThan(0);
        if (system) expect(kept[0]).toBe(system);
        expect(kept.slice(-made.newest.length)).toEqual(made.newest);
        expect([...dropped, ...kept.slice(system ? 1 : 0)]).toEqual(messages);
        if (dropped.length > 0) {
          expect(messages[dropped.length]?.role).toBe("user");
          const more = messages.slice(exchangeBefore(messages, dropped.length));
          const wanted = maxNewTokens ?? Math.max(1, Math.min(100, Math.floor(contextWindow / 2)));
          expect(count([...(system ? [system] : []), ...more]) + wanted).toBeGreaterThan(contextWindow);
        }
        expect({ start: dropped.length, room }).toEqual(plainly(options, count));
      }),
      { numRuns: 150 },
    );
  });
});

describe("a budget", () => {
  const said = (exchanges: number, length = 10): ChatMessage[] =>
    Array.from({ length: 2 * exchanges - 1 }, (_, at) => ({
      role: at % 2 ? "assistant" : "user",
      text: "x".repeat(length),
    }));
  const letters = (messages: readonly ChatMessage[]): number =>
    messages.reduce((sum, each) => sum + each.text.length, 0);

  it("counts once where all fits, and little more than the window where a long history does not", async () => {
    const counted: number[] = [];
    const count = (messages: readonly ChatMessage[]): number => {
      counted.push(letters(messages));
      return letters(messages);
    };
    await fitBudget({ count, messages: said(20), contextWindow: 500 });
    expect(counted).toEqual([390]);
    counted.length = 0;
    const { kept, dropped } = await fitBudget({ count, messages: said(10_000), contextWindow: 1000 });
    expect(kept).toHaveLength(89);
    expect(dropped).toHaveLength(19_999 - 89);
    expect(counted.length).toBeLessThan(14);
    expect(Math.max(...counted)).toBeLessThan(2000);
  });

  it("chooses room for the reply: the default, half of a small window, or what is left", async () => {
    const roomIn = async (contextWindow: number, length: number): Promise<number> =>
      (await fitBudget({ count: letters, messages: said(1, length), contextWindow })).maxNewTokens;
    expect(await roomIn(1000, 10)).toBe(100);
    expect(await roomIn(64, 10)).toBe(32);
    expect(await roomIn(64, 50)).toBe(14);
    expect(await roomIn(64, 56)).toBe(8);
    await expect(roomIn(64, 57)).rejects.toMatchObject({
      promptTokens: 57,
      maxNewTokens: 8,
      contextWindow: 64,
    });
    expect(await roomIn(2, 1)).toBe(1);
  });

  it("keeps to the room that was asked for", async () => {
    const options = { count: letters, messages: said(3), contextWindow: 64 };
    expect((await fitBudget({ ...options, maxNewTokens: 34 })).kept).toHaveLength(3);
    expect((await fitBudget({ ...options, maxNewTokens: 54 })).kept).toHaveLength(1);
    await expect(fitBudget({ ...options, maxNewTokens: 55 })).rejects.toBeInstanceOf(PromptTooLongError);
  });
});
