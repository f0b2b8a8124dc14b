import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { talk, textItem } from "../filters/filter.contract.ts";
import { DataStatistics } from "./data-statistics.ts";
import { DistributionCounter } from "./distribution.ts";
import { Samples } from "./samples.ts";
import { TextCounter } from "./text-counter.ts";

describe("a distribution", () => {
  it("is what sorting gives, to 1%", () => {
    const rng = new Rng(1);
    const values = Array.from({ length: 5000 }, () => Math.floor(Math.exp(20 * rng.uniform())));
    const counter = new DistributionCounter();
    for (const value of values) counter.add(value);
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    const report = counter.report();
    expect(report).toMatchObject({ count: 5000, least: sorted[0], most: sorted.at(-1) });
    expect(report?.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 5000, 3);
    for (const [found, right] of [
      [report?.p5, at(0.05)],
      [report?.median, at(0.5)],
      [report?.p95, at(0.95)],
    ] as const) {
      expect(Math.abs((found ?? 0) / right - 1)).toBeLessThan(0.01);
    }
    expect(report?.shape.reduce((sum, each) => sum + each, 0)).toBe(5000);
  });

  it("is exact for small numbers, takes the largest there are, and is nothing of none", () => {
    const counter = new DistributionCounter();
    expect(counter.report()).toBeUndefined();
    for (const value of [0, 1, 2, 3, 63]) counter.add(value);
    expect(counter.report()).toMatchObject({ least: 0, p5: 0, median: 2, p95: 63, most: 63 });
    counter.add(Number.MAX_SAFE_INTEGER);
    expect(counter.report()?.most).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("a text counter", () => {
  it("counts characters, bytes, words and different characters", () => {
    const counter = new TextCounter();
    const texts = ["Hello, wörld! It's 3.", "小鸟\u{1F99C} ok", ""];
    for (const text of texts) counter.add(text);
    const all = texts.join("");
    expect(counter.report()).toEqual({
      characters: [...all].length,
      bytes: new TextEncoder().encode(all).length,
      words: 5 + 4,
      distinctCharacters: new Set(all).size,
    });
  });
});

describe("samples", () => {
  it("give each item the same chance, and the same items for the same seed", () => {
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 1000; seed++) {
      const samples = new Samples(3, new Rng(seed));
      for (let i = 0; i < 10; i++) samples.add({ ...talk("Hi"), line: i });
      for (const { place } of samples.report()) times[place.line] = (times[place.line] ?? 0) + 1;
    }
    // 300 expected, with a standard deviation of 14.5.
    for (const each of times) expect(Math.abs(each - 300)).toBeLessThan(60);
  });

  it("show a part of a long text, with its line", () => {
    const samples = new Samples(1, new Rng(1));
    samples.add(textItem(Array.from({ length: 1000 }, (_, i) => `This is line ${i + 3}.`).join("\n")));
    const [sample] = samples.report();
    expect(sample?.place.line).toBeGreaterThan(3);
    expect(sample?.lines[0]).toEqual({ text: `This is line ${sample?.place.line}.` });
    expect(sample?.lines.length).toBeLessThan(40);
  });
});

describe("the statistics of data", () => {
  const english = (night: number): string =>
    `On night ${night} the parrot told a new story to the moon and the stars.`;

  it("count items of both kinds, and pieces of a document once", async () => {
    const statistics = await DataStatistics.create();
    for (let night = 0; night < 20; night++)
      statistics.add(talk(english(night), `Thank you for story ${night}!`));
    statistics.add(textItem(english(30)));
    statistics.add({ ...textItem(english(31)), continues: true });
    statistics.add(textItem("Der Vogel sang die ganze Nacht hindurch ein Lied für den Mond."));
    statistics.addProblem({ file: "b.jsonl", line: 4, message: "is not JSON" });
    const report = statistics.report();
    expect(report.counts).toMatchObject({ documents: 2, conversations: 20, messages: 40 });
    expect(report.documentLength).toMatchObject({ count: 2, most: 2 * english(30).length });
    expect(report.turns).toMatchObject({ count: 20, least: 2, most: 2 });
    expect(report.languages.map(({ language }) => language)).toEqual(["en", "de"]);
    expect(report.samples.length).toBe(3);
    expect(report.problems).toEqual({
      count: 1,
      first: [{ file: "b.jsonl", line: 4, message: "is not JSON" }],
    });
    expect(structuredClone(report)).toEqual(report);
  });

  it("say what each filter would do alone", async () => {
    const statistics = await DataStatistics.create({
      filters: { turns: { least: 2 } },
      nearDuplicates: false,
    });
    for (const item of [talk("Hi, [name]!"), talk("Hi, [name]!"), talk("Hello", "Good day!")])
      statistics.add(item);
    const dropped = statistics.report().filters.map(({ name, seen, dropped }) => [name, seen, dropped]);
    expect(dropped).toEqual([
      ["turns", 3, 2],
      ["boilerplate", 3, 0],
      ["placeholders", 3, 2],
      ["familyFriendly", 3, 0],
      ["quality", 3, 0],
      ["duplicates: exact", 3, 1],
    ]);
  });

  it("are empty of nothing", async () => {
    const report = (await DataStatistics.create()).report();
    expect(report.counts).toMatchObject({ documents: 0, conversations: 0, characters: 0 });
    expect([report.turns, report.languages, report.samples]).toEqual([undefined, [], []]);
  });
});
