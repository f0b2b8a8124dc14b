import { describe, expect, it } from "vitest";
import { present } from "../base/index.ts";
import { buildStoreInMemory, type Item, type StorePart, splitStore, wholeStore } from "../data/index.ts";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../text/index.ts";
import { samplePrompts } from "./sample-prompts.ts";

const LINES = [
  "The ferry left at dawn with twelve goats on its deck.",
  "Größe zählt nicht: 小さな船 🚢.",
  "We sang.",
];
const BOOK = `${LINES.join("\n")}\n`.repeat(60);

const text = (content: string): Item => ({
  kind: "text",
  file: "a",
  line: 1,
  text: content,
  continues: false,
});
const talk = (...texts: string[]): Item => ({
  kind: "conversation",
  file: "a",
  line: 1,
  messages: texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text: content })),
});

async function partsOf(items: Item[], tokenizer: Tokenizer): Promise<StorePart> {
  const store = await buildStoreInMemory(items, tokenizer, {
    fingerprint: "ab".repeat(32),
    contextWindow: 64,
  });
  return store.text?.documents === 1 ? splitStore(store, { seed: 1 }).validation : wholeStore(store);
}

const tokenizers = async (special: "text" | "chat"): Promise<[string, Tokenizer][]> => [
  ["character", CharacterTokenizer.fit([BOOK], { special, unknown: true })],
  ["byte", new ByteTokenizer(special)],
  ["bpe", await trainBpe([BOOK], { vocabulary: 300, special })],
];

describe("samplePrompts", () => {
  it("begins lines of one text, whatever the tokenizer, and the same ones each time", async () => {
    for (const [kind, tokenizer] of await tokenizers("text")) {
      const part = await partsOf([text(BOOK)], tokenizer);
      const prompts = samplePrompts([part], { tokenizer, contextWindow: 64 });
      expect(prompts.length, kind).toBeGreaterThan(0);
      for (const prompt of prompts) {
        expect(
          LINES.some((line) => line.startsWith(prompt)),
          `${kind}: ${prompt}`,
        ).toBe(true);
        expect(tokenizer.decode(tokenizer.encode(prompt))).toBe(prompt);
        expect(tokenizer.encode(prompt).length).toBeLessThanOrEqual(32);
      }
      expect(samplePrompts([part], { tokenizer, contextWindow: 64 })).toEqual(prompts);
    }
  });

  it("begins documents where there are several", async () => {
    const [, tokenizer] = present((await tokenizers("text"))[0], "a tokenizer");
    const part = await partsOf([text("We sang. The end of it."), text(BOOK)], tokenizer);
    const [first] = samplePrompts([part], { tokenizer, contextWindow: 64 });
    expect(["We sang. The end of it.", "The ferry left at dawn with twelve goats"]).toContain(first);
  });

  it("asks what people asked, leaves out what is too long, and asks nothing twice", async () => {
    for (const [kind, tokenizer] of await tokenizers("chat")) {
      const items = [talk("We sang.", "The goats?"), talk("a".repeat(40), "12"), talk("We sang.", "left")];
      const part = await partsOf([...items, talk("twelve", "goats")], tokenizer);
      expect(samplePrompts([part], { tokenizer, contextWindow: 64 }), kind).toEqual(["We sang.", "twelve"]);
    }
  });

  it("has none where nothing fits", async () => {
    const tokenizer = new ByteTokenizer("text");
    const part = await partsOf([text("\n \n".repeat(30))], tokenizer);
    expect(samplePrompts([part], { tokenizer, contextWindow: 8 })).toEqual([]);
    expect(samplePrompts([], { tokenizer, contextWindow: 8 })).toEqual([]);
  });
});
