import { describe, expect, it } from "vitest";
import { present } from "../../base/index.ts";
import { Mixture } from "./mixture.ts";
import { PackedConversations } from "./packed-conversations.ts";
import { RowBatches, type RowSource } from "./rows.ts";
import { wholeStore } from "./split.ts";
import { TextWindows } from "./text-windows.ts";
import { ALPHABET, storeOf, talks, text } from "./token-store.contract.ts";

/** Rows that tell which source they are of, and their place. */
const source = (name: number, rows = 10): RowSource => ({
  time: 2,
  rows,
  fillRow: (place, { ids }, at) => ids.set([name, place], at),
});

const mixed = (...weights: number[]) =>
  new Mixture(weights.map((weight, name) => ({ source: source(name), weight })));

describe("Mixture", () => {
  it.each([
    [[1]],
    [[1, 1]],
    [[3, 1]],
    [[0.7, 0.2, 0.1]],
    [[1000, 1]],
    [[1, 1e6]],
    [[5, 1, 1, 1, 1, 1, 0.01]],
  ])("counts the rows of each source as one who counts them from the beginning: %j", (weights) => {
    const mixture = mixed(...weights);
    const counts = weights.map(() => 0);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    for (let place = 0; place < 5000; place++) {
      const { source, row } = mixture.at(place);
      expect(row).toBe(counts[source]);
      counts[source] = (counts[source] ?? 0) + 1;
      // At every place the sources are as far as their weights say, but for a few rows.
      for (const [number, weight] of weights.entries()) {
        const most =
          weights.length + (place + 1) * (0.0005 + 0.001 * weights.length * Number(weight / sum < 0.001));
        expect(Math.abs((counts[number] ?? 0) - ((place + 1) * weight) / sum)).toBeLessThan(1 + most);
      }
    }
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(5);
  });

  it("finds a row far away without the ones before it", () => {
    expect(mixed(3, 1).at(4_000_000_003)).toEqual({ source: 0, row: 3_000_000_002 });
  });

  it("has an epoch in which every source is gone through once", () => {
    const entries = [
      { source: source(0, 100), weight: 0.9 },
      { source: source(1, 50), weight: 0.1 },
    ];
    expect(new Mixture(entries).rows).toBe(500);
    expect(new RowBatches(new Mixture(entries), 8).epochSteps).toBe(63);
  });

  it("gives rows of text and of conversations side by side", async () => {
    const store = await storeOf([text(ALPHABET.repeat(9)), ...talks(60, 1)], { contextWindow: 32 });
    const { text: part, conversations } = wholeStore(store);
    const windows = new TextWindows(present(part, "text"), { time: 32, seed: 1 });
    const packed = new PackedConversations(present(conversations, "conversations"), {
      time: 32,
      seed: 1,
      lossOn: "all",
    });
    const make = () =>
      new RowBatches(
        new Mixture([
          { source: windows, weight: 1 },
          { source: packed, weight: 1 },
        ]),
        4,
      );
    const fill = (batches: RowBatches, step: number) => {
      const [ids, targets, segments] = [
        new Int32Array(128),
        new Int32Array(128),
        new Int32Array(128).fill(-7),
      ];
      batches.fill(step, ids, targets, 0, segments);
      return { ids, targets, segments };
    };
    const batches = make();
    fill(batches, 5);
    expect(fill(batches, 3)).toEqual(fill(make(), 3));
    const { ids, segments } = fill(batches, 2);
    const { bos } = store.index.special;
    const rows = [0, 1, 2, 3].map((row) => ids.subarray(32 * row, 32 * row + 32).includes(bos));
    expect(rows).toEqual([false, true, false, true]);
    expect(segments.every((from) => from >= 0 && from < 32)).toBe(true);
  });
});
