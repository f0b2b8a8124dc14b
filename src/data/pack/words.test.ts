import { describe, expect, it } from "vitest";
import { articleOf, asSentences, inWords, pluralOf, sentencesOf, wordsOf } from "./words.ts";

describe("the English of packs", () => {
  it("chooses articles by sound", () => {
    const an = ["apple", "owl", "hour", "honest man", "umbrella", "uninvited guest", "igloo"];
    const a = ["dog", "unicorn", "uniform", "used car", "one-eyed cat", "eucalyptus", "ewe", "house"];
    expect(an.map(articleOf)).toEqual(an.map(() => "an"));
    expect(a.map(articleOf)).toEqual(a.map(() => "a"));
  });

  it("makes regular plurals", () => {
    expect(["dog", "fox", "cherry", "toy", "dish", "bus", "bench"].map(pluralOf)).toEqual(
      "dogs foxes cherries toys dishes buses benches".split(" "),
    );
  });

  it("writes numbers in words up to 99", () => {
    expect([0, 7, 12, 20, 21, 99, 100, -1, 1.5].map(inWords)).toEqual([
      "zero",
      "seven",
      "twelve",
      "twenty",
      "twenty-one",
      "ninety-nine",
      "100",
      "-1",
      "1.5",
    ]);
  });

  it("begins sentences with capitals and mends spaces", () => {
    expect(asSentences('the  cat sat . it [was] red , not blue! "come" he said. ok?')).toBe(
      'The cat sat. It [was] red, not blue! "Come" he said. Ok?',
    );
    expect(asSentences('"come here!" she said.')).toBe('"Come here!" she said.');
    expect(asSentences("3.5 is a number")).toBe("3.5 is a number");
  });

  it("compares by words alone", () => {
    expect(wordsOf("  What's THAT?! It’s 3+4… ")).toBe("whats that its 3 4");
    expect(wordsOf("...")).toBe("");
  });

  it("counts sentences", () => {
    expect(["", "...", "No.", "One. Two! Three?", "Wait... what?"].map(sentencesOf)).toEqual([0, 0, 1, 3, 2]);
  });
});
