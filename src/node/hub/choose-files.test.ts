import { describe, expect, it } from "vitest";
import { configsOf } from "./card.ts";
import { chooseFiles } from "./choose-files.ts";
import { parseHubReference } from "./reference.ts";

/** What is chosen of files, of which each has as many bytes as its path has characters. */
function choose(reference: string, paths: readonly string[], card: object = {}): string[][] {
  const files = paths.map((path) => ({ path, size: path.length, id: "0".repeat(40), hash: "git" as const }));
  const description = { commit: "0".repeat(40), configs: configsOf(card), files };
  const { train, validation } = chooseFiles(description, parseHubReference(`hf:pip/talks${reference}`));
  return [train.map(({ path }) => path), validation.map(({ path }) => path)];
}

const shards = (split: string, of: number): string[] =>
  Array.from({ length: of }, (_, i) => `data/${split}-0000${i}-of-0000${of}-abc.parquet`);

describe("chooseFiles", () => {
  it.each<[string, string[], string[], string[]]>([
    [
      "shards",
      [...shards("train", 2), ...shards("test", 1), ...shards("validation", 1)],
      shards("train", 2),
      shards("validation", 1),
    ],
    ["shards beside other forms", ["all-train.txt", ...shards("train", 1)], shards("train", 1), []],
    ["names", ["train.csv", "dev.csv", "test.csv"], ["train.csv"], ["dev.csv"]],
    [
      "words in names",
      ["talks_train.jsonl", "talks-valid.jsonl"],
      ["talks_train.jsonl"],
      ["talks-valid.jsonl"],
    ],
    [
      "words in folders",
      ["train/a.txt", "train/b.txt", "val/c.txt"],
      ["train/a.txt", "train/b.txt"],
      ["val/c.txt"],
    ],
    [
      "converted",
      ["default/train/0000.parquet", "default/test/0000.parquet"],
      ["default/train/0000.parquet"],
      [],
    ],
    ["no names", ["a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl"], []],
    ["no name for training", ["talks.jsonl", "test.jsonl"], ["talks.jsonl"], []],
    [
      "no data but pages about it",
      ["a.txt", "README.md", "LICENSE.txt", ".git/x.txt", "dataset_infos.json"],
      ["a.txt"],
      [],
    ],
    ["several formats", ["train.csv", "train.jsonl", "train.parquet"], ["train.parquet"], []],
    ["several without Parquet", ["a.csv", "bigger.jsonl", "c.csv"], ["bigger.jsonl"], []],
    ["words within words", ["trainers.txt", "detest.txt"], ["trainers.txt", "detest.txt"], []],
    ["compressed", ["train.jsonl.gz", "train.idx"], ["train.jsonl.gz"], []],
    ["only one part", ["test-00000-of-00001.parquet"], ["test-00000-of-00001.parquet"], []],
  ])("chooses by %s", (_, paths, train, validation) => {
    expect(choose("", paths)).toEqual([train, validation]);
  });

  it("takes the split that is named, with the validation that goes with it", () => {
    const paths = ["train_sft", "train_gen", "validation_sft", "test_sft"].map(
      (name) => `${name}-00000-of-00001.parquet`,
    );
    expect(choose("?split=train_sft", paths)).toEqual([[paths[0]], [paths[2]]]);
    expect(choose("?split=test_sft", paths)).toEqual([[paths[3]], []]);
    expect(
      choose(
        "",
        paths.filter((path) => !path.startsWith("train_gen")),
      ),
    ).toEqual([[paths[0]], [paths[2]]]);
    expect(choose("?split=valid", ["train.csv", "dev.csv"])).toEqual([["dev.csv"], []]);
    expect(() => choose("", paths)).toThrow(/several splits.*train_sft, train_gen.*\?split=train_sft/);
    expect(() => choose("?split=train_sff", paths)).toThrow(/no split "train_sff".*\?split=train_sft/);
  });

  it("takes a path as it is: a file, a folder, several", () => {
    const paths = ["data/train.csv", "data/valid.csv", "more/x.md", "README.md", "x.bin"];
    expect(choose("/data/valid.csv", paths)).toEqual([["data/valid.csv"], []]);
    expect(choose("/data", paths)).toEqual([["data/train.csv"], ["data/valid.csv"]]);
    expect(choose("/data/*.csv", paths)).toEqual([["data/train.csv", "data/valid.csv"], []]);
    expect(choose("/README.md", paths)).toEqual([["README.md"], []]);
    expect(() => choose("/x.bin", paths)).toThrow(expect.objectContaining({ code: "hub-no-data" }));
    expect(() => choose("/y.bin", paths)).toThrow(expect.objectContaining({ code: "hub-not-found" }));
    expect(() => choose("/data?config=x", paths)).toThrow(expect.objectContaining({ code: "hub-reference" }));
  });

  const card = {
    configs: [
      { config_name: "plain", data_files: "plain/*.csv" },
      {
        config_name: "parts",
        data_dir: "parts",
        data_files: [
          { split: "train", path: ["one.csv", "two/**"] },
          { split: "validation", path: "check.csv" },
        ],
      },
      { config_name: "folder", data_dir: "folder" },
      { config_name: 7 },
      "nonsense",
    ],
  };
  const paths = [
    "plain/a.csv",
    "parts/one.csv",
    "parts/two/x.csv",
    "parts/check.csv",
    "parts/else.csv",
    "folder/train.csv",
    "folder/dev.csv",
  ];

  it("goes by the card's configs", () => {
    expect(choose("?config=plain", paths, card)).toEqual([["plain/a.csv"], []]);
    expect(choose("?config=parts", paths, card)).toEqual([
      ["parts/one.csv", "parts/two/x.csv"],
      ["parts/check.csv"],
    ]);
    expect(choose("?config=folder", paths, card)).toEqual([["folder/train.csv"], ["folder/dev.csv"]]);
    expect(() => choose("", paths, card)).toThrow(
      /several configs.*It has: plain, parts, folder\..*\?config=plain/,
    );
    expect(() => choose("?config=part", paths, card)).toThrow(/no config "part".*\?config=parts/);
    const [first, ...rest] = card.configs as object[];
    expect(choose("", paths, { configs: [...rest, { ...first, default: true }] })[0]).toEqual([
      "plain/a.csv",
    ]);
    expect(choose("", paths, { configs: [{ ...first, config_name: "default" }, ...rest] })[0]).toEqual([
      "plain/a.csv",
    ]);
  });

  it("takes folders that each have a part for training for configs", () => {
    const both = ["en/train.csv", "en/test.csv", "fr/train.csv"];
    expect(() => choose("", both)).toThrow(/several configs.*en, fr/);
    expect(() => choose("@v1?split=test", both)).toThrow(/Write hf:pip\/talks@v1\?config=en&split=test$/);
    expect(choose("?config=en", both)).toEqual([["en/train.csv"], []]);
    expect(choose("?config=en", ["en/a.csv", "fr/a.csv"])).toEqual([["en/a.csv"], []]);
    expect(choose("", ["en/a.csv", "fr/a.csv"])[0]).toHaveLength(2);
  });

  it("says what there is where there is nothing to learn from", () => {
    expect(() => choose("", ["a.py", "b.arrow"])).toThrow(
      /no file to learn from. It has: a.py, b.arrow\..*refs\/convert\/parquet/,
    );
    expect(() => choose("", [])).toThrow("It has: nothing");
  });
});
