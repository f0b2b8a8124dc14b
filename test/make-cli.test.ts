import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parrotlet, temporaryFolder } from "./run-cli.ts";
import { writeTinyPack } from "./tiny-pack.ts";

let home: string;
beforeAll(() => {
  home = temporaryFolder();
  writeTinyPack(home);
});
afterAll(() => rmSync(home, { recursive: true }));

const run = (...args: string[]) => parrotlet(args, { home });

describe("parrotlet data make", () => {
  it("writes files, and says what is in them", async () => {
    const { code, out, err } = await run("data", "make", "kiki.yaml", "--size", "50KB", "--out", "text");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^kiki {2}[\d.]+ KiB of text, seed 1, made in/);
    expect(out).toMatch(/\nsentences +\d+ +\d+ KiB +\d+\.\d%\n/);
    expect(out).toMatch(/\ncolor +\d+ +\d+ +\d+\n/);
    expect(out).toMatch(/\nthe lost ball +\d+\n/);
    expect(out).toMatch(/\n[\d,]+ sentences, [\d,]+ distinct\n[\d,]+ 4-grams, [\d,]+ distinct\n/);
    expect(out).toContain(`wrote ${join(home, "text", "stories.txt")}`);
    const inspected = await run("data", "inspect", "text", "--json", "--no-near-duplicates");
    expect(JSON.parse(inspected.out).files.count).toBe(readdirSync(join(home, "text")).length);
  });

  it("gives a pipe a record a line, and says the rest elsewhere", async () => {
    const { code, out, err } = await run(
      "data",
      "make",
      "kiki.yaml",
      "--size",
      "20KB",
      "--kind",
      "questions,stories",
    );
    expect(code).toBe(0);
    const kinds = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).kind);
    expect(new Set(kinds)).toEqual(new Set(["questions", "stories"]));
    expect(err).toMatch(/^kiki/);
    writeFileSync(join(home, "made.jsonl"), out);
    const inspected = await run("data", "inspect", "made.jsonl", "--json", "--no-near-duplicates");
    const { counts } = JSON.parse(inspected.out).report;
    expect(counts.documents + counts.conversations).toBe(kinds.length);
  });

  it("prints samples for people, and one object for machines", async () => {
    const samples = await run(
      "data",
      "make",
      "kiki.yaml",
      "--size",
      "9KB",
      "--samples",
      "2",
      "--kind",
      "questions",
    );
    expect(samples.out).toMatch(/^questions, .*\n {2}> .*\n {2}< /);
    const json = await run("data", "make", "kiki.yaml", "--size", "9KB", "--json", "--exam", "exam.jsonl");
    expect(JSON.parse(json.out)).toMatchObject({ pack: "kiki", seed: 1, samples: [], files: [] });
    expect(JSON.parse(readFileSync(join(home, "exam.jsonl"), "utf8").split("\n")[0] ?? "")).toHaveProperty(
      "rule",
    );
  });

  it.each([
    [["kikki.yaml"], 1, /Did you mean kiki\.yaml\?/],
    [["kiki.yaml", "--kind", "storys"], 2, /no kind "storys"\. Did you mean stories\?/],
    [["kiki.yaml", "--size", "many"], 2, /must be a size/],
    [["kiki.yaml", "--sise", "1MB"], 2, /Did you mean --size\?/],
    [["kiki.yaml", "--out", "text", "--exam", "text/exam.jsonl"], 1, /would lie in text/],
  ])("%j is told", async (args, code, message) => {
    const told = await run("data", "make", ...args);
    expect(told).toMatchObject({ code, out: "" });
    expect(told.err).toMatch(message);
  });
});

describe("parrotlet train", () => {
  it("raises a character of one's own, named after it", async () => {
    writeFileSync(
      join(home, "small.yaml"),
      `name: small
task: corpus
data:
  - { source: "pack:pip/stories?size=20KB", weight: 1 }
  - { source: "pack:pip/questions?size=20KB", weight: 2 }
model: { preset: modern, width: 16, layers: 1, heads: 2, contextWindow: 64 }
training: { steps: 4, batch: 2 }
`,
    );
    const { code, out, err } = await run("train", "kiki.yaml", "--recipe", "small.yaml", "--device", "wasm");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(
      "A model for pack:kiki.yaml/stories?size=20KB, pack:kiki.yaml/questions?size=20KB:",
    );
    expect(out).not.toContain("warning");
    expect(out).toMatch(/Talk to it: .*chat kiki\n.*exam kiki\n$/);
    const kept = readFileSync(join(home, "runs", "kiki", "recipe.yaml"), "utf8");
    expect(kept).toContain(`pack:${join(home, "kiki.yaml")}/questions?size=20KB`);
    // The same from another folder, by the recipe that was kept.
    const elsewhere = join(home, "elsewhere");
    mkdirSync(elsewhere);
    const again = await parrotlet(["train", join(home, "runs", "kiki", "recipe.yaml"), "--device", "wasm"], {
      ...{ home, cwd: elsewhere },
    });
    expect(again).toMatchObject({ code: 0, err: "" });
  });
});
