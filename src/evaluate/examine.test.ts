import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { readCorpus } from "../data/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../model/index.ts";
import { CharacterTokenizer } from "../text/index.ts";
import { countPerfect, Examiner } from "./examine.ts";

function examiner(lines: readonly string[], lossOn?: "all" | "answers-only") {
  const corpus = readCorpus(encodeText(lines.join("\n")), "x.yaml");
  const tokenizer = CharacterTokenizer.fit(
    corpus.pairs.flatMap(({ question, answer }) => [question, answer]),
  );
  const size = { vocabulary: tokenizer.size, contextWindow: 24, width: 8, layers: 1, heads: 2 };
  const model = new Transformer(modelConfig(size));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  return new Examiner({ model, weights, tokenizer, corpus, ...(lossOn ? { lossOn } : {}) });
}

describe("an examination", () => {
  it("asks the exam, every pair once, and the unseen questions apart", () => {
    const examination = examiner([
      "conversations:",
      "  - {question: ab, answer: cd, times: 3}",
      "  - {question: cd, answer: ab}",
      "exam: [cd]",
      "unseen: [{question: abcd, answer: a}]",
    ]).examine();
    expect(examination.exam).toMatchObject([{ question: "cd", target: "ab" }]);
    expect(examination.all.map(({ question }) => question)).toEqual(["ab", "cd"]);
    expect(examination.unseen).toMatchObject([{ question: "abcd", target: "a" }]);
    expect(countPerfect(examination.all)).toBe(0);
  });

  it("says about ln V for an untrained model, and nothing else the second time", () => {
    const untrained = examiner(["- {question: ab, answer: cd}", "- {question: abc, answer: c}"]);
    const first = untrained.examine();
    expect(first.loss).toBeCloseTo(Math.log(8), 1);
    expect(untrained.examine()).toEqual(first);
    const other = examiner(
      ["- {question: ab, answer: cd}", "- {question: abc, answer: c}"],
      "answers-only",
    ).examine();
    expect(other.loss).not.toBe(first.loss);
  });

  it("asks at most about 200 of many pairs, the exam's among them", () => {
    const many = Array.from({ length: 1000 }, (_, i) => `  - {question: q${i}, answer: a${i}}`);
    const { all, exam } = examiner(["conversations:", ...many, "exam: [q998]"]).examine();
    expect(all).toHaveLength(201);
    expect(examiner(["conversations:", ...many.slice(0, 201)]).examine().all.length).toBeGreaterThanOrEqual(
      200,
    );
    expect(exam).toMatchObject([{ question: "q998" }]);
  });
});
