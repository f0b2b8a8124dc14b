import { describe, expect, it } from "vitest";
import type { Item } from "../data/index.ts";
import { tokenizerFromJson } from "../text/index.ts";
import { corpusFromItems, corpusFromMixture, type LooseItem } from "./corpus-from-items.ts";
import { checkRecipe } from "./parse-recipe.ts";

const recipe = checkRecipe({
  name: "some",
  task: "corpus",
  data: "some",
  model: { width: 8, layers: 1, heads: 2, contextWindow: 12 },
  training: { steps: 1 },
  evaluation: { share: 0.25 },
});
const texts = Array.from({ length: 20 }, (_, i) => `Number ${i} is a short text.`);
const talk = [
  { role: "user", text: "Hi" },
  { role: "assistant", text: "Hello" },
] as const;

describe("data from memory", () => {
  it("are the same from strings, from items and from a stream", async () => {
    const items = texts.map((text, i): Item => ({ kind: "text", text, file: "items", line: i + 1 }));
    async function* stream(): AsyncGenerator<LooseItem> {
      yield* texts;
    }
    const all = await Promise.all([texts, items, stream()].map((each) => corpusFromItems(each, recipe)));
    const [first] = all;
    for (const { hash, tokens, training } of all)
      expect([hash, tokens, training.rows]).toEqual([first?.hash, first?.tokens, first?.training.rows]);
    expect((await corpusFromItems([...texts, "more"], recipe)).hash).not.toBe(first?.hash);
  });

  it("have tokens for messages where there are conversations", async () => {
    expect((await corpusFromItems(texts, recipe)).tokenizer.special.assistant).toBeUndefined();
    const data = await corpusFromItems([...texts, talk, talk], recipe);
    expect(data.packed).toBe(true);
    expect(data.tokenizer.special.assistant).toBeDefined();
  });

  it("are filtered as the recipe says", async () => {
    const filtering = checkRecipe({ ...recipe, filters: { duplicates: "exact" } });
    const [twice, once] = [[...texts, ...texts], texts];
    const tokens = async (items: readonly LooseItem[], by = filtering) =>
      (await corpusFromItems(items, by)).tokens;
    expect(await tokens(twice)).toBe(await tokens(once));
    expect(await tokens(twice, recipe)).toBeGreaterThan(await tokens(once, recipe));
  });

  it("take a tokenizer, and validation data of their own", async () => {
    const first = await corpusFromItems(texts, recipe);
    const tokenizer = tokenizerFromJson(first.tokenizer.toJson(), "tokenizer.json");
    const again = await corpusFromItems(texts, recipe, { tokenizer });
    expect(again.hash).toBe(first.hash);
    await expect(corpusFromItems(["ÄÖ"], recipe, { tokenizer })).rejects.toMatchObject({
      code: "unknown-character",
      message: expect.stringContaining("items, line 1"),
    });
    const held = await corpusFromItems(texts, recipe, { validation: ["Something else."] });
    expect(held.tokens).toBeGreaterThan(first.tokens);
  });

  it("are mixed by weight", async () => {
    const { training, tokenizer } = await corpusFromMixture(
      [
        { items: ["aaaa ".repeat(60)], weight: 3 },
        { items: ["bbbb ".repeat(60)], weight: 1 },
      ],
      recipe,
    );
    const into = { ids: new Int32Array(12), targets: new Int32Array(12) };
    let first = 0;
    const [a] = tokenizer.encode("a");
    for (let row = 0; row < 1000; row++) {
      training.fillRow(row, into, 0);
      if (into.ids.includes(a ?? -1)) first++;
    }
    expect(first).toBe(750);
  });

  it("of which there are too few are refused", async () => {
    await expect(corpusFromItems(["a"], recipe)).rejects.toMatchObject({ code: "data-too-small" });
  });
});
