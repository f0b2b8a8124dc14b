import { describe, expect, it } from "vitest";
import { isHubReference, isSafePath, parseHubReference } from "./reference.ts";

describe("parseHubReference", () => {
  it.each<[string, object]>([
    ["hf:pip/talks", { dataset: "pip/talks", revision: "main" }],
    ["hf:pip/talks@v1.2", { revision: "v1.2" }],
    ["hf:pip/talks@refs/convert/parquet", { revision: "refs/convert/parquet" }],
    ["hf:pip/talks@refs/pr/7/en/train", { revision: "refs/pr/7", path: "en/train" }],
    ["hf:pip/talks@feature%2Fx/a.csv", { revision: "feature/x", path: "a.csv" }],
    ["hf:pip/talks/data/train-*.parquet", { revision: "main", path: "data/train-*.parquet" }],
    ["hf:pip/talks/data/", { path: "data" }],
    ["hf:pip/talks/what%3F%25.txt", { path: "what?%.txt" }],
    ["hf:pip/talks?config=en&split=train_sft", { config: "en", split: "train_sft" }],
    ["hf:pip/talks@v1/data?split=dev", { revision: "v1", path: "data", split: "dev" }],
    ["hf://datasets/pip/talks@v1/a.csv", { dataset: "pip/talks", revision: "v1", path: "a.csv" }],
  ])("reads %s", (text, expected) => {
    expect(isHubReference(text)).toBe(true);
    expect(parseHubReference(text)).toMatchObject({ text, ...expected });
  });

  it.each([
    ["hf:", "names no dataset"],
    ["hf:talks", "names no dataset"],
    ["hf:../talks", "cannot be a dataset's name"],
    ["hf:pip/a--b", "cannot be a dataset's name"],
    ["hf:pip/talks@../x", "cannot be a revision"],
    ["hf:pip/talks@a%2F..%2Fb", "cannot be a revision"],
    ["hf:pip/talks/../x", "not a path"],
    ["hf:pip/talks/%2e%2e/x", "not a path"],
    ["hf:pip/talks/100%", "%25"],
    ["hf:pip/talks?subset=en", 'no setting "subset"'],
  ])("refuses %s", (text, what) => {
    expect(() => parseHubReference(text)).toThrow(expect.objectContaining({ code: "hub-reference" }));
    expect(() => parseHubReference(text)).toThrow(what);
  });
});

describe("isSafePath", () => {
  it.each(["a", "a/b.txt", "..a/b..", "a b/ü.json", "time:12.csv"])("allows %j", (path) => {
    expect(isSafePath(path)).toBe(true);
  });
  it.each([
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "a/./b",
    "..",
    "a/..",
    "a\\b",
    "C:/a",
    "x/C:a",
    "a\0b",
    "a".repeat(1025),
  ])("refuses %j", (path) => {
    expect(isSafePath(path)).toBe(false);
  });
});
