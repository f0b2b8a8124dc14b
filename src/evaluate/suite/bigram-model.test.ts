import { describe, expect, it } from "vitest";
import { CharacterTokenizer, renderPair } from "../../text/index.ts";
import { BigramModel, bigramReplier } from "./bigram-model.ts";

const TEXT = [
  [0, 1, 2, 1, 2],
  [0, 1, 3, 4],
];

describe("a bigram model", () => {
  it("counts, and says the likeliest", () => {
    const model = new BigramModel(TEXT, 6);
    expect(model.likeliest(0)).toBe(1);
    expect(model.likeliest(1)).toBe(2);
    expect(model.likeliest(2)).toBe(1);
    // 4 and 5 were never followed by anything: 1 follows two different tokens, the others one or none.
    expect(model.likeliest(4)).toBe(1);
    expect(model.likeliest(5)).toBe(1);
  });

  it("has probabilities that sum to 1, by a count by hand", () => {
    const model = new BigramModel(TEXT, 6);
    for (let token = 0; token < 6; token++) {
      let sum = 0;
      for (let next = 0; next < 6; next++) sum += model.probability(token, next);
      expect(sum).toBeCloseTo(1, 12);
    }
    // 5 different pairs: 0 1 and 1 2 twice, 2 1, 1 3, 3 4 once. The discount is 3 / (3 + 2 * 2).
    const discount = 3 / 7;
    expect(model.probability(1, 2)).toBeCloseTo((2 - discount + 2 * discount * (1 / 5)) / 3, 12);
    expect(model.probability(1, 0)).toBe(0);
    expect(new BigramModel([], 3).likeliest(1)).toBe(0);
  });

  it("replies to whatever it is asked by the last token alone, to its end or the limit", () => {
    const tokenizer = CharacterTokenizer.fit(["abc", "no"]);
    const pairs = [renderPair(tokenizer, "a", "no"), renderPair(tokenizer, "b", "no")];
    const model = new BigramModel(
      pairs.map(({ ids }) => ids),
      tokenizer.size,
    );
    const reply = (text: string, maxNewTokens = 9): unknown =>
      bigramReplier(model, { tokenizer, contextWindow: 16, maxNewTokens }).reply([{ role: "user", text }]);
    expect(reply("a")).toEqual({ text: "no", cut: false });
    expect(reply("cab")).toEqual({ text: "no", cut: false });
    expect(reply("a", 1)).toEqual({ text: "n", cut: true });
    expect(reply("a?")).toEqual({ text: "", cut: false });
  });
});
