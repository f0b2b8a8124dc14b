import { describe, expect, it } from "vitest";
import { ReferenceDevice } from "../../engine/index.ts";
import { Decoder, generationConfig, reply } from "../../generate/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { CharacterTokenizer, type SpecialSet, type TemplateMessage } from "../../text/index.ts";
import { untrained, withoutAttention } from "./baselines.ts";
import { ModelReplier } from "./replier.ts";

function small(special: SpecialSet = "chat", preset: "classic" | "modern" = "classic") {
  const tokenizer = CharacterTokenizer.fit(["abcdefgh ?"], { special });
  const size = {
    vocabulary: tokenizer.size,
    contextWindow: 32,
    width: 16,
    layers: 2,
    heads: 2,
    deviation: 0.3,
  };
  const model = new Transformer(modelConfig({ ...size, preset }));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(5);
  return { model, weights, tokenizer };
}

const user = (text: string): TemplateMessage[] => [{ role: "user", text }];

describe("a model that takes an exam", () => {
  it("says to each of several what it says to one alone, as in a chat", async () => {
    const made = small();
    const talk: TemplateMessage[] = [...user("ab"), { role: "assistant", text: "cd" }, ...user("ef?")];
    const all = [user("abc"), talk, user("h g?"), user("a")];
    const replier = new ModelReplier({ ...made, rows: 3, maxNewTokens: 8 });
    const replies = [...replier.replyAll(all.slice(0, 3)), ...replier.replyAll(all.slice(3))];
    const decoder = new Decoder(made);
    for (const [index, messages] of all.entries()) {
      const config = generationConfig({ maxNewTokens: 8 });
      const pieces = reply(decoder, made.tokenizer, messages, { config });
      let [text, next] = ["", await pieces.next()];
      for (; !next.done; next = await pieces.next()) text += next.value;
      expect(replies[index]).toEqual({ text, cut: next.value === "length" });
    }
  });

  it("leaves out the oldest exchanges of a long conversation, and says nothing to what it cannot read", () => {
    const replier = new ModelReplier({ ...small(), rows: 2, maxNewTokens: 8 });
    const long = [...user("a".repeat(20)), { role: "assistant", text: "b" } as const, ...user("cd")];
    expect(replier.reply(long)).toEqual(replier.reply(user("cd")));
    const nothing = { text: "", cut: false };
    expect(replier.replyAll([user("Z"), user("a".repeat(40))])).toEqual([nothing, nothing]);
    expect(replier.replyAll([user("Z"), user("cd")])[1]).toEqual(replier.reply(user("cd")));
  });

  it("of single questions sees the last message alone", () => {
    const replier = new ModelReplier({ ...small("pairs"), rows: 1, maxNewTokens: 8 });
    const talk = [...user("ab"), { role: "assistant", text: "cd" } as const, ...user("ef?")];
    expect(replier.reply(talk)).toEqual(replier.reply(user("ef?")));
  });

  it("must answer somebody", () => {
    expect(() => new ModelReplier(small("text"))).toThrow(/goes on with texts/);
  });
});

describe.each(["classic", "modern"] as const)("what knows less, of %s", (preset) => {
  it("is the same model with other weights, and leaves it as it is", () => {
    const { model, weights } = small("chat", preset);
    const before = weights.region.read(0, weights.layout.words);
    for (const parameter of weights.layout.parameters) {
      weights.write(parameter, weights.read(parameter).fill(0.5));
    }
    expect(untrained(weights, 5).region.read(0, weights.layout.words)).toEqual(before);
    const off = withoutAttention(weights);
    const zeros = model.parameters.filter((each) => off.read(each).every((value) => value === 0));
    expect(zeros.length).toBe(model.config.layers * (preset === "classic" ? 2 : 1));
    for (const { name } of zeros) expect(name).toMatch(/^layers\.\d+\.attention\.projection\./);
    expect(weights.read(model.parameters[0] ?? zeros[0] ?? never()).every((value) => value === 0.5)).toBe(
      true,
    );
  });

  it("without attention answers by the last token alone", () => {
    const { model, weights, tokenizer } = small("chat", preset);
    if (preset === "modern") return; // a second embedding sees the token before
    const replier = new ModelReplier({
      model,
      weights: withoutAttention(weights),
      tokenizer,
      maxNewTokens: 1,
    });
    // Positions are learned: prompts of one length end at the same place.
    const [one, ...others] = replier.replyAll([user("abc"), user("h g"), user("ddd")]);
    expect(others).toEqual([one, one]);
  });
});

const never = (): never => {
  throw new Error("no parameter");
};
