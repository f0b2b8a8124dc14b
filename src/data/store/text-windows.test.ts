import { describe, expect, it } from "vitest";
import { present, Rng } from "../../base/index.ts";
import { evaluationBlocks } from "./evaluation-blocks.ts";
import { RowBatches } from "./rows.ts";
import { splitStore, wholeStore } from "./split.ts";
import type { TextPart } from "./text-part.ts";
import { TextWindows } from "./text-windows.ts";
import { letters, storeOf, text } from "./token-store.contract.ts";

/** A text without repeated tokens would need a large vocabulary: its places are told by a second reading. */
async function partOf(length: number, documents = 1): Promise<TextPart> {
  const rng = new Rng(length);
  const items = Array.from({ length: documents }, () => text(letters(rng, Math.ceil(length / documents))));
  const store = await storeOf(items, { shardBytes: 40 });
  const part = documents > 1 ? splitStore(store, { share: 0.3, seed: 1 }).training : wholeStore(store);
  return present(part.text, "text");
}

function step(batches: RowBatches, number: number) {
  const size = batches.batch * batches.time;
  const [ids, targets, segments] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  batches.fill(number, ids, targets, 0, segments);
  return { ids: [...ids], targets: [...targets], segments: [...segments] };
}

const tokens = (part: TextPart): number[] => {
  const all = new Int32Array(part.tokens);
  part.read(0, all);
  return [...all];
};

describe("TextWindows", () => {
  it.each([
    [50, 8, 1],
    [49, 8, 1],
    [48, 8, 1],
    [41, 10, 1],
    [5, 8, 1],
    [2, 4, 1],
    [90, 7, 9],
  ])(
    "predicts every token once an epoch: %d tokens in rows of %d, of %d documents",
    async (length, time, documents) => {
      const part = await partOf(length, documents);
      const all = tokens(part);
      // The pairs of tokens that follow each other.
      const pairs = all.slice(1).map((target, i) => `${all[i]} ${target}`);
      const windows = new TextWindows(part, { time, seed: 3 });
      const batches = new RowBatches(windows, 1);
      expect(batches.epochSteps).toBe(Math.ceil((all.length - 1) / time));
      const epochs = [0, 1, 2].map((epoch) => {
        const seen: string[] = [];
        for (let row = 0; row < windows.rows; row++) {
          const { ids, targets, segments } = step(batches, 1 + epoch * windows.rows + row);
          for (let t = 0; t < time; t++) {
            if (targets[t] === -1) continue;
            seen.push(`${ids[t]} ${targets[t]}`);
            if (t > 0 && segments[t] === segments[t - 1]) expect(ids[t]).toBe(targets[t - 1]);
          }
          // A row begins a second segment only where the text's end meets its beginning, or its own tokens end.
          expect(new Set(segments).size).toBeLessThanOrEqual(3);
        }
        expect(seen.sort()).toEqual([...pairs].sort());
        return String(step(batches, 1 + epoch * windows.rows).ids);
      });
      if (windows.rows > 3) expect(new Set(epochs).size).toBeGreaterThan(1);
    },
  );

  it.each(["epochs", "random"] as const)(
    "gives a step the same rows whatever was asked before: %s",
    async (order) => {
      const part = await partOf(200);
      const make = () => new RowBatches(new TextWindows(part, { time: 8, seed: 1, order }), 4);
      const batches = make();
      const inOrder = Array.from({ length: 30 }, (_, i) => step(batches, i + 1));
      for (const number of [5, 3, 30, 1, 17, 17]) {
        expect(step(batches, number)).toEqual(inOrder[number - 1]);
        expect(step(make(), number)).toEqual(inOrder[number - 1]);
      }
      const other = new RowBatches(new TextWindows(part, { time: 8, seed: 2, order }), 4);
      expect(step(other, 1)).not.toEqual(inOrder[0]);
    },
  );

  it("takes random windows from every place at which one fits", async () => {
    const part = await partOf(20);
    const all = tokens(part);
    const batches = new RowBatches(new TextWindows(part, { time: 16, seed: 1, order: "random" }), 8);
    const starts = new Set<number>();
    for (let number = 1; number < 40; number++) {
      const { ids, targets, segments } = step(batches, number);
      for (let row = 0; row < 8; row++) {
        const window = ids.slice(row * 16, row * 16 + 16);
        const from = [0, 1, 2, 3].find((at) => String(all.slice(at, at + 16)) === String(window)) ?? -1;
        expect(targets.slice(row * 16, row * 16 + 16)).toEqual(all.slice(from + 1, from + 17));
        starts.add(from);
      }
      expect(new Set(segments)).toEqual(new Set([0]));
    }
    expect([...starts].sort()).toEqual([0, 1, 2, 3]);
    expect(() => new TextWindows(part, { time: 20, seed: 1, order: "random" })).toThrow(
      /has 20 tokens.*takes 21/,
    );
  });
});

describe("evaluationBlocks of text", () => {
  it.each([
    [100, 8],
    [97, 8],
    [96, 8],
    [5, 8],
  ])("are the windows side by side: %d tokens in rows of %d", async (length, time) => {
    const part = await partOf(length);
    const all = tokens(part);
    const windows = new TextWindows(part, { time, seed: 1 });
    const blocks = [...evaluationBlocks(windows, { batch: 5, bytesOfToken: () => 2 })];
    const rows = Math.floor((all.length - 1) / time);
    const counted = rows === 0 ? all.length - 1 : rows * time;
    expect(blocks).toHaveLength(Math.max(1, Math.ceil(rows / 5)));
    expect(blocks.flatMap(({ targets }) => [...targets].filter((id) => id >= 0))).toEqual(
      all.slice(1, 1 + counted),
    );
    expect(blocks.flatMap(({ ids }) => [...ids]).slice(0, counted)).toEqual(all.slice(0, counted));
    expect(blocks.reduce((sum, block) => sum + block.counted, 0)).toBe(counted);
    expect(blocks.reduce((sum, block) => sum + block.bytes, 0)).toBe(2 * counted);
  });

  it("are taken evenly where they are too many", async () => {
    const part = await partOf(800);
    const all = tokens(part);
    const windows = new TextWindows(part, { time: 8, seed: 1 });
    const options = { batch: 4, bytesOfToken: () => 1, mostTokens: 90 };
    const blocks = [...evaluationBlocks(windows, options)];
    expect(blocks.reduce((sum, block) => sum + block.counted, 0)).toBe(88);
    const taken = blocks.flatMap(({ ids }) =>
      [0, 1, 2, 3].map((row) => String(ids.subarray(8 * row, 8 * row + 8))),
    );
    const rows = Array.from({ length: 99 }, (_, row) => String(all.slice(8 * row, 8 * row + 8)));
    expect(taken.slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, i) => rows[9 * i]));
  });
});
