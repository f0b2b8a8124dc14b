import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { readCorpus } from "../data/index.ts";
import { checkRecipe } from "./parse-recipe.ts";
import { recipeForCorpus } from "./recipe-for-corpus.ts";

const base = checkRecipe({
  name: "base",
  data: "base",
  model: { width: 8, layers: 1, heads: 2, contextWindow: 80 },
  training: { steps: 10 },
});
const corpus = (answer: string) => readCorpus(encodeText(`- {question: abc, answer: ${answer}}`), "x.yaml");

describe("a recipe for a file of questions and answers", () => {
  it.each([
    ["/home/me/My pairs (2).csv", "My-pairs-2"],
    ["C:\\data\\päirs.v2.jsonl", "päirs-v2"],
    ["...yaml", "pairs"],
    ["con.csv", "pairs"],
    [`${"x".repeat(200)}.csv`, "x".repeat(60)],
  ])("%s is called %s", (file, name) => {
    expect(recipeForCorpus(base, corpus("d"), file).name).toBe(name);
  });

  it("has a context window that the longest row fits", () => {
    expect(recipeForCorpus(base, corpus("d"), "x.csv").model.contextWindow).toBe(80);
    expect(recipeForCorpus(base, corpus("d".repeat(100)), "x.csv").model.contextWindow).toBe(112);
  });
});
