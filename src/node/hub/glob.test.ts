import { describe, expect, it } from "vitest";
import { matchesGlob } from "./glob.ts";

describe("matchesGlob", () => {
  it.each([
    ["train.csv", "train.csv"],
    ["train.csv", "./train.csv"],
    ["data/train-00000-of-00002.parquet", "data/train-*"],
    ["data/train-00000-of-00002.parquet", "data/train-[0-9][0-9][0-9][0-9][0-9]-of-*.parquet"],
    ["a/b/c.csv", "**/*.csv"],
    ["c.csv", "**/*.csv"],
    ["a/b/c.csv", "a/**"],
    ["a/b/c.csv", "a/**/c.csv"],
    ["a/c.csv", "a/**/c.csv"],
    ["a/b/c.csv", "**"],
    ["x1.csv", "x?.{csv,json}"],
    ["x1.json", "x[!a-z].{csv,json}"],
    ["aXbXbc", "a*b*c"],
    ["a.b", "a.b*"],
  ])("%s is %s", (path, pattern) => {
    expect(matchesGlob(path, pattern)).toBe(true);
  });

  it.each([
    ["data/train.csv", "*.csv"],
    ["train.csv", "train"],
    ["trainXcsv", "train.csv"],
    ["a", "a/**"],
    ["a/b/c.csv", "a/*.csv"],
    ["xx.csv", "x.csv"],
    ["xa.csv", "x[!a-z].csv"],
    ["abcd", "a*c"],
    ["", "?"],
  ])("%j is not %s", (path, pattern) => {
    expect(matchesGlob(path, pattern)).toBe(false);
  });

  it("is quick for a pattern that is meant to be slow", () => {
    const began = performance.now();
    expect(matchesGlob("a".repeat(1000), `${"*a".repeat(400)}b`)).toBe(false);
    expect(matchesGlob("a/".repeat(400), `${"**/a/".repeat(150)}b`)).toBe(false);
    expect(matchesGlob("x", "{a,b}".repeat(100))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
