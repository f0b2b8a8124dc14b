import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyPack } from "../../../test/tiny-pack.ts";
import { type Item, makeItems } from "../../data/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { checkRecipe, type Recipe, train } from "../../train/index.ts";
import { openPack } from "../packs.ts";
import { inspectSource } from "./inspect-source.ts";
import { openCorpus } from "./open-corpus.ts";
import { openSource } from "./sources.ts";

let home: string;
let path: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "parrotlet-pack-source-"));
  path = writeTinyPack(home);
});
afterAll(() => rmSync(home, { recursive: true }));

const NO_FILTERS = { reading: {}, filters: {} };
const open = (tail: string, recipe: Pick<Recipe, "reading" | "filters"> = NO_FILTERS) =>
  openSource(`pack:${path}${tail}`, recipe);

async function all(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function itemsOf(tail: string, recipe = NO_FILTERS): Promise<Item[]> {
  return all((await open(tail, recipe)).items());
}

describe("text that is made as it is read", () => {
  it("is what the generator makes, each time", async () => {
    const { pack } = await openPack(path);
    const made = [...makeItems(pack, { kinds: ["questions"], bytes: 20_000, seed: 3 })];
    const wanted = made.map(({ item }) => item);
    const source = await open("/questions?size=20KB&seed=3");
    expect(await all(source.items())).toEqual(wanted);
    expect(await all(source.items())).toEqual(wanted);
    expect(source.bytesRead()).toBeGreaterThan(0.9 * source.bytes);
    expect([source.bytes, source.readings, source.problems().count]).toEqual([20_000, [], 0]);
  });

  it("is told from other text by all that it is made from", async () => {
    const tails = ["", "?seed=2", "?size=20KB", "/stories", "/questions", "/questions?seed=2"];
    const identities = await Promise.all(tails.map(async (tail) => (await open(tail)).identity()));
    expect(new Set(identities).size).toBe(tails.length);
    expect(await (await open("?seed=1&size=5MB")).identity()).toBe(identities[0]);
    // The same words in another file of the pack make another pack.
    const other = mkdtempSync(join(tmpdir(), "parrotlet-pack-source-"));
    const changed = writeTinyPack(other, { "world/colors.yaml": "colors: [red, green, blue, brown, white]" });
    const source = await openSource(`pack:${changed}`, NO_FILTERS);
    expect(identities).not.toContain(await source.identity());
    rmSync(other, { recursive: true });
  });

  it("holds conversations where its kind does", async () => {
    for (const [tail, wanted] of [
      ["/sentences?size=2KB", false],
      ["/stories?size=2KB", false],
      ["/questions?size=2KB", true],
      ["/conversations?size=2KB", true],
      ["?size=20KB", true],
    ] as const) {
      expect(await (await open(tail)).conversational(), tail).toBe(wanted);
      const kinds = new Set((await itemsOf(tail)).map(({ kind }) => kind));
      expect(kinds.has("conversation"), tail).toBe(wanted);
    }
  });

  it("is of the kinds that its pack has, and of none where that is missing", async () => {
    const other = mkdtempSync(join(tmpdir(), "parrotlet-pack-source-"));
    const without = writeTinyPack(other, { "stories/lost.yaml": "[]" });
    const kindsOf = async (tail: string) => {
      const { items } = await openSource(`pack:${without}${tail}`, NO_FILTERS);
      return new Set((await all(items())).map(({ kind }) => kind));
    };
    expect(await kindsOf("?size=5KB")).toEqual(new Set(["text", "conversation"]));
    expect(await kindsOf("/stories?size=5KB")).toEqual(new Set());
    rmSync(other, { recursive: true });
  });

  it("is filtered as files are", async () => {
    const recipe = { reading: {}, filters: { duplicates: "exact" } } as const;
    const source = await open("/stories?size=20KB", recipe);
    const kept = await all(source.items());
    const texts = new Set(
      (await itemsOf("/stories?size=20KB")).map((item) => item.kind === "text" && item.text),
    );
    expect(kept.length).toBe(texts.size);
    expect(source.reports()).toEqual([expect.objectContaining({ name: "duplicates" })]);
  });

  it("can be looked at", async () => {
    const { source, report, files } = await inspectSource(`pack:${path}/questions?size=5KB`);
    expect([source, files.count, report.counts.documents]).toEqual([`pack:${path}/questions?size=5KB`, 0, 0]);
    expect(report.counts.conversations).toBeGreaterThan(10);
  });
});

describe("a mixture of all kinds", () => {
  const recipe = (data: Recipe["data"]): Recipe =>
    checkRecipe({
      name: "mixture",
      task: "corpus",
      data,
      model: { preset: "modern", width: 8, layers: 1, heads: 1, contextWindow: 64, bigrams: 16 },
      training: { steps: 10, batch: 2, checkpointSteps: 10 },
      evaluation: { mostTokens: 500 },
    });

  it("trains in one run", async () => {
    const mixed = recipe([
      { source: `pack:${path}/sentences?size=20KB`, weight: 1 },
      { source: `pack:${path}/stories?size=50KB`, weight: 1 },
      { source: `pack:${path}/questions?size=50KB`, weight: 2 },
      { source: `pack:${path}/conversations?size=20KB`, weight: 1 },
    ]);
    const data = await openCorpus(mixed, { root: home });
    const losses: number[] = [];
    for await (const event of train({ recipe: mixed, data, device: new ReferenceDevice() }))
      if (event.type === "checkpoint") losses.push(event.loss);
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0] ?? 0);
    const { report } = data;
    expect(report?.sources.map(({ items }) => items.documents > 0)).toEqual([true, true, false, false]);
    expect(report?.sources.map(({ items }) => items.conversations > 0)).toEqual([false, false, true, true]);
  });

  it("fills its rows: many sentences and stories are in one, without a place left", async () => {
    const sources = ["sentences", "stories"].map((kind) => ({
      source: `pack:${path}/${kind}?size=20KB`,
      weight: 1,
    }));
    const data = await openCorpus(recipe(sources), { root: home });
    expect(data.padding).toBe(0);
    const { bos } = data.tokenizer.special;
    const [time, rows] = [data.training.time, 20];
    const into = { ids: new Int32Array(time * rows), targets: new Int32Array(time * rows) };
    for (let row = 0; row < rows; row++) data.training.fillRow(row, into, row * time);
    expect(into.targets.filter((target) => target < 0).length).toBe(0);
    // A document is shorter than the rows that there are of it.
    expect(into.ids.filter((id) => id === bos).length).toBeGreaterThan(5);
  });
});
