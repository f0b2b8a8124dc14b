import { describe, expect, it } from "vitest";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../../text/index.ts";
import type { Item } from "../item.ts";
import { buildStoreInMemory } from "./memory-store.ts";
import { partItems } from "./part-items.ts";
import { splitStore, wholeStore } from "./split.ts";

const text = (value: string, continues = false): Item => ({
  kind: "text",
  text: value,
  file: "a.txt",
  line: 1,
  continues,
});
const talk = (...texts: readonly string[]): Item => ({
  kind: "conversation",
  file: "a.jsonl",
  line: 1,
  messages: texts.map((said, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text: said })),
});

const store = (items: readonly Item[], tokenizer: Tokenizer, contextWindow = 256) =>
  buildStoreInMemory(items, tokenizer, { fingerprint: "a".repeat(64), contextWindow });

/** Documents again: pieces are joined. */
function documents(items: Iterable<Item>): string[] {
  const all: string[] = [];
  for (const item of items) {
    if (item.kind !== "text") continue;
    if (item.continues) all.push((all.pop() ?? "") + item.text);
    else all.push(item.text);
  }
  return all;
}

const STORIES = ["Grün ist der Papagei 🦜, und ruft.", "Once more.\n\nThe end.", "三只鹦鹉"];

describe("the items of a part of a store", () => {
  it.each<[string, () => Promise<Tokenizer>]>([
    ["bytes", async () => new ByteTokenizer("chat")],
    ["characters", async () => CharacterTokenizer.fit(STORIES, { special: "chat" })],
    ["byte pairs", () => trainBpe(STORIES, { vocabulary: 300, special: "chat" })],
  ])("are the texts that went in, by %s", async (_, tokenizerOf) => {
    const tokenizer = await tokenizerOf();
    const whole = wholeStore(
      await store(
        STORIES.map((each) => text(each)),
        tokenizer,
      ),
    );
    expect(documents(partItems(whole, tokenizer, "x"))).toEqual(STORIES);
  });

  it("come in pieces that end with a word, of a text that is long", async () => {
    const tokenizer = new ByteTokenizer("text");
    const long = Array.from({ length: 30_000 }, (_, i) => `wörd${i}`).join(" ");
    const whole = wholeStore(await store([text(long), text("Short.")], tokenizer));
    const items = [...partItems(whole, tokenizer, "x")];
    expect(documents(items)).toEqual([long, "Short."]);
    expect(items.length).toBeGreaterThan(3);
    for (const item of items.slice(0, -3)) expect(item.kind === "text" && item.text).toMatch(/\d $/);
    expect(items.map(({ line }) => line)).toEqual([...items.slice(1).map(() => 1), 2]);
  });

  it("are the split that trains and validates", async () => {
    const tokenizer = new ByteTokenizer("text");
    const one = splitStore(await store([text("abcdefghij".repeat(10))], tokenizer), { seed: 1 });
    expect(documents(partItems(one.training, tokenizer, "x"))).toEqual(["abcdefghij".repeat(9)]);
    expect(documents(partItems(one.validation, tokenizer, "x"))).toEqual(["abcdefghij"]);
    const many = Array.from({ length: 40 }, (_, i) => `Story ${i}.`);
    const split = splitStore(
      await store(
        many.map((each) => text(each)),
        tokenizer,
      ),
      { seed: 1 },
    );
    const both = [split.training, split.validation].map((part) => documents(partItems(part, tokenizer, "x")));
    expect(both.flat().sort()).toEqual([...many].sort());
    expect(both[1]?.length).toBeGreaterThan(0);
  });

  it("are the messages that went in, cut as a model sees them", async () => {
    const tokenizer = new ByteTokenizer("chat");
    const talks = [talk("Hi", "Hello!", "How?", "So."), talk("Bye", "See you.")];
    const whole = wholeStore(await store(talks, tokenizer, 16));
    const said = [...partItems(whole, tokenizer, "x")].map((item) =>
      item.kind === "conversation" ? item.messages.map(({ role, text: each }) => `${role}: ${each}`) : [],
    );
    expect(said).toEqual([
      ["user: Hi", "assistant: Hello!"],
      ["user: How?", "assistant: So."],
      ["user: Bye", "assistant: See you."],
    ]);
  });
});
