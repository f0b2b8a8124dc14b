import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HubServer } from "../../../test/hub-server.ts";
import { checkRecipe, type Recipe } from "../../train/index.ts";
import { openCorpus, type PrepareProgress } from "./open-corpus.ts";
import { pinSources } from "./pin-sources.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parrotlet-corpus-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const recipe = (data: Recipe["data"], more: Record<string, unknown> = {}): Recipe =>
  checkRecipe({
    name: "test",
    task: "corpus",
    data,
    model: { width: 8, layers: 1, heads: 1, contextWindow: 32 },
    tokenizer: { kind: "byte" },
    training: { steps: 1 },
    ...more,
  });

/** Different words in each, so that none has a run of words with another. */
const story = (i: number): string => Array.from({ length: 20 }, (_, word) => `w${i}x${word}`).join(" ");
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${JSON.stringify({ text: story(from + i) })}\n`).join("");

describe("what openCorpus reports", () => {
  it("is what was read, left out, filtered, and how many tokens there are", async () => {
    const file = join(home, "a.jsonl");
    writeFileSync(file, `${lines(0, 30)}{}\n${lines(0, 5)}`);
    const { report, tokens } = await openCorpus(recipe(file, { filters: { duplicates: "exact" } }), {
      root: home,
    });
    expect(report?.sources).toEqual([
      expect.objectContaining({
        source: file,
        about: "JSONL of texts",
        files: { count: 1, first: [{ file, format: "jsonl", encoding: "utf-8" }] },
        items: { documents: 30, conversations: 0, messages: 0 },
        problems: { count: 1, first: [expect.objectContaining({ file, line: 31 })] },
        filters: [expect.objectContaining({ name: "duplicates", seen: 35, dropped: 5 })],
      }),
    ]);
    expect(report?.tokens.training).toBe(tokens);
    expect(report?.overlap).toMatchObject({ windows: { found: 0 }, items: { found: 0 } });
  });

  it("says how much of the validation text the training text has too, by the store's own split", async () => {
    const file = join(home, "a.jsonl");
    writeFileSync(file, lines(0, 40) + lines(0, 40));
    const { report } = await openCorpus(recipe(file), { root: home });
    const { items, windows, measured } = report?.overlap ?? {};
    // Each text is there twice; one whose other copy validates too is not found.
    expect(items?.found).toBeGreaterThan((items?.all ?? 0) / 2);
    expect(windows?.share).toBeCloseTo(items?.share ?? 0, 1);
    expect(measured?.bytes).toBe(measured?.of);
  });

  it("is kept beside the tokens, and not made again", async () => {
    const file = join(home, "a.jsonl");
    writeFileSync(file, lines(0, 40));
    const first = await openCorpus(recipe(file), { root: home });
    const times = (): number[] =>
      readdirSync(join(home, "data"))
        .filter((name) => name.endsWith(".json"))
        .map((name) => statSync(join(home, "data", name)).mtimeMs);
    const before = times();
    expect(before).toHaveLength(3);
    const progress: PrepareProgress[] = [];
    const again = await openCorpus(recipe(file), { root: home, onProgress: (one) => progress.push(one) });
    expect(again.report).toEqual(first.report);
    expect(times()).toEqual(before);
    expect(progress).toEqual([]);
  });

  it("ends when it is told to, and goes on from there", async () => {
    const file = join(home, "a.jsonl");
    writeFileSync(file, lines(0, 40));
    const stopped = openCorpus(recipe(file), { root: home, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect((await openCorpus(recipe(file), { root: home })).tokens).toBeGreaterThan(0);
  });

  it("needs something to validate with", async () => {
    const file = join(home, "a.jsonl");
    writeFileSync(file, lines(0, 40));
    const none = openCorpus(recipe(file, { evaluation: { share: 0 } }), { root: home });
    await expect(none).rejects.toMatchObject({ code: "recipe-invalid" });
  });
});

describe("a dataset of the Hub", () => {
  let server: HubServer;
  beforeEach(async () => {
    server = await HubServer.start();
    vi.stubEnv("HF_ENDPOINT", server.endpoint);
    vi.stubEnv("HF_HOME", join(home, "hf"));
  });
  afterEach(() => server.stop());

  it("is validated with what it keeps apart, and named with its commit, licence and progress", async () => {
    const files = { "README.md": "# Words", "train.jsonl": lines(0, 60), "validation.jsonl": lines(50, 70) };
    const { commit } = server.add("pip/words", files, { license: "cc-by-4.0" });
    const progress: PrepareProgress[] = [];
    const asked = recipe("hf:pip/words");
    const data = await openCorpus(asked, { root: home, onProgress: (one) => progress.push(one) });
    const { report } = data;
    expect(report?.sources[0]?.hub).toEqual({
      pinned: `hf:pip/words@${commit}`,
      revision: commit,
      license: "cc-by-4.0",
    });
    expect(report?.sources[0]?.items.documents).toBe(60);
    expect(report?.validation[0]?.items.documents).toBe(20);
    expect(report?.overlap?.items).toMatchObject({ all: 20, found: 10 });
    const downloaded = progress.filter(({ what }) => what === "downloading");
    expect(downloaded.at(-1)?.done).toBe(downloaded.at(-1)?.bytes);

    // What is kept asks nobody any more, and means the same after the dataset has changed.
    const pinned = report ? pinSources(asked, report) : asked;
    expect(pinned.data).toBe(`hf:pip/words@${commit}`);
    server.add("pip/words", { "train.jsonl": lines(100, 120) });
    const requests = server.requests.length;
    expect((await openCorpus(pinned, { root: home })).hash).toBe(data.hash);
    expect(server.requests.length).toBe(requests);
  });

  it("that is not here and cannot be fetched says what to do", async () => {
    await server.stop();
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const offline = openCorpus(recipe("hf:pip/words"), { root: home });
    await expect(offline).rejects.toMatchObject({ code: "hub-offline" });
    server = await HubServer.start();
  });
});
