import { describe, expect, it } from "vitest";
import { MadeStatistics } from "./made-statistics.ts";
import type { CorpusKind, MadeItem } from "./make-items.ts";

const place = { file: "a", line: 1 };
const text = (kind: CorpusKind, said: string, ...skills: string[]): MadeItem => ({
  kind,
  skills,
  item: { kind: "text", text: said, ...place },
});
const talk = (...said: readonly string[]): MadeItem => ({
  kind: "questions",
  skills: ["color", "color", "size"],
  item: {
    kind: "conversation",
    messages: said.map((each, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text: each })),
    ...place,
  },
});

const ITEMS = [
  text("sentences", "A dog runs fast. A cat runs fast.", "moves"),
  text("stories", "One day a dog ran. a dog runs, fast! Ä", "the dog"),
  text("sentences", "A DOG runs fast", "moves"),
  talk("waht is red", "A dog is red."),
];

describe("statistics of what is made", () => {
  it("count kinds, skills and bytes", () => {
    const statistics = new MadeStatistics();
    const bytes = ITEMS.map((item) => statistics.add(item));
    expect(bytes).toEqual([33, 39, 15, 24]);
    expect(statistics.report()).toMatchObject({
      bytes: 111,
      kinds: [
        { kind: "sentences", items: 2, bytes: 48 },
        { kind: "stories", items: 1, bytes: 39 },
        { kind: "questions", items: 1, bytes: 24 },
      ],
      skills: [
        { skill: "moves", items: 2, kinds: { sentences: 2 } },
        { skill: "the dog", items: 1, kinds: { stories: 1 } },
        { skill: "color", items: 1, kinds: { questions: 1 } },
        { skill: "size", items: 1, kinds: { questions: 1 } },
      ],
    });
  });

  it("tell sentences, words and runs of four words apart as sets of texts do", () => {
    const statistics = new MadeStatistics();
    for (const item of ITEMS) statistics.add(item);
    const counts = (all: readonly string[]) => ({ all: all.length, distinct: new Set(all).size });
    const said = ITEMS.flatMap(({ item }) =>
      item.kind === "text"
        ? [{ role: "", text: item.text }]
        : item.messages.map(({ role, text: each }) => ({ role, text: each })),
    );
    const wordsOf = (each: string): string[] => each.toLowerCase().match(/\p{L}+/gu) ?? [];
    const sentences = said
      .flatMap((each) => each.text.split(/[.!?]/).map(wordsOf))
      .filter((words) => words.length > 0);
    const fours = said.flatMap((each) => {
      const words = wordsOf(each.text);
      return words.slice(3).map((_, i) => words.slice(i, i + 4).join(" "));
    });
    const report = statistics.report();
    expect(report.sentences).toEqual(counts(sentences.map((words) => words.join(" "))));
    expect(report.words).toEqual(counts(said.flatMap((each) => wordsOf(each.text))));
    expect(report.fourGrams).toEqual(counts(fours));
    const others = said.filter(({ role }) => role !== "user");
    expect(report.vocabulary).toBe(new Set(others.flatMap((each) => wordsOf(each.text))).size);
  });
});
