import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyPack } from "../../../test/tiny-pack.ts";
import { CORPUS_KINDS, type Item, type MadeItem, makeExam, makeItems } from "../../data/index.ts";
import { openPack } from "../packs.ts";
import { makeCorpus } from "./make-corpus.ts";
import { openSource } from "./sources.ts";

let home: string;
let path: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "parrotlet-make-"));
  path = writeTinyPack(home);
});
afterAll(() => rmSync(home, { recursive: true }));

async function read(file: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of (await openSource(file, { reading: {}, filters: {} })).items()) items.push(item);
  return items;
}
const textsOf = (items: readonly Item[]): unknown[] =>
  items.map((item) => (item.kind === "text" ? item.text.trim() : item.messages));
const made = async (bytes: number): Promise<MadeItem[]> => [
  ...makeItems((await openPack(path)).pack, { bytes, seed: 4 }),
];

describe("making a corpus", () => {
  it("writes files that are read back as what was made", async () => {
    const folder = join(home, "text");
    const { files, report } = await makeCorpus(path, { bytes: 60_000, seed: 4, folder });
    const names = ["sentences.txt", "stories.txt", "questions.jsonl", "conversations.jsonl"];
    expect(files.map((file) => basename(file.path)).sort()).toEqual([...names].sort());
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
    const all = await made(60_000);
    const wanted = CORPUS_KINDS.map((kind) =>
      textsOf(all.filter((each) => each.kind === kind).map(({ item }) => item)),
    );
    const back = [];
    for (const name of names) back.push(textsOf(await read(join(folder, name))));
    // Sentences are lines of one document.
    expect(back[0]).toEqual([wanted[0]?.join("\n")]);
    expect(back.slice(1)).toEqual(wanted.slice(1));
    expect(report.kinds.map(({ kind, items }) => [kind, items])).toEqual(
      CORPUS_KINDS.map((kind, i) => [kind, wanted[i]?.length]),
    );
  });

  it("gives the same as lines, which are read back too", async () => {
    let lines = "";
    const onLines = async (more: string): Promise<void> => {
      lines += more;
    };
    await makeCorpus(path, { bytes: 600_000, seed: 4, onLines });
    const records = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const all = await made(600_000);
    expect(records.map(({ kind, skills = [] }) => [kind, skills])).toEqual(
      all.map(({ kind, skills }) => [kind, skills]),
    );
    const texts = records.map(
      ({ text, messages }) => text ?? messages.map((each: { content: string }) => each.content),
    );
    expect(texts).toEqual(
      all.map(({ item }) => (item.kind === "text" ? item.text : item.messages.map(({ text }) => text))),
    );
  });

  it("shows samples, each with the same chance and the same for a seed", async () => {
    const options = { bytes: 30_000, seed: 4, samples: 8 };
    const { samples } = await makeCorpus(path, options);
    expect(samples).toHaveLength(8);
    expect((await makeCorpus(path, options)).samples).toEqual(samples);
    const all = await made(30_000);
    for (const sample of samples) expect(all).toContainEqual(sample);
    expect(samples).not.toEqual(all.slice(0, 8));
  });

  it("writes the exam, but not among what is learned", async () => {
    const exam = join(home, "exam.jsonl");
    const done = await makeCorpus(path, { bytes: 1000, exam, folder: join(home, "text") });
    const cases = makeExam((await openPack(path)).pack);
    expect(done.exam).toEqual({ path: exam, cases: cases.length });
    const lines = readFileSync(exam, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(cases)));
    const within = makeCorpus(path, { exam: join(home, "text", "exam.jsonl"), folder: join(home, "text") });
    await expect(within).rejects.toMatchObject({ code: "exam-among-text" });
    const dotted = makeCorpus(path, { exam: join(home, "text", "..exam"), folder: join(home, "text") });
    await expect(dotted).rejects.toMatchObject({ code: "exam-among-text" });
  });

  it("leaves no file when it is stopped", async () => {
    const folder = join(home, "stopped");
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    const stopped = makeCorpus(path, { bytes: 5e6, folder, onProgress, signal: abort.signal });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the program's own characters", () => {
  it.each(["pip", "tock"])("%s makes text of all kinds, which is read back", async (name) => {
    const folder = join(home, name);
    const { files, report, seconds } = await makeCorpus(name, { bytes: 200_000, folder });
    expect(files).toHaveLength(CORPUS_KINDS.length);
    expect(report.bytes / 200_000).toBeCloseTo(1, 1);
    expect(seconds).toBeGreaterThan(0);
    // A world that a small model can master, and that is no list of a few lines.
    expect(report.vocabulary).toBeGreaterThan(700);
    expect(report.vocabulary).toBeLessThan(2000);
    expect(report.sentences.distinct).toBeGreaterThan(2000);
    const read = await openSource(folder, { reading: {}, filters: {} });
    const counts = { text: 0, conversation: 0 };
    for await (const { kind } of read.items()) counts[kind]++;
    expect(read.problems().count).toBe(0);
    const items = Object.fromEntries(report.kinds.map((each) => [each.kind, each.items]));
    expect(counts.conversation).toBe((items["questions"] ?? 0) + (items["conversations"] ?? 0));
    expect(counts.text).toBe(1 + (items["stories"] ?? 0));
  });
});
