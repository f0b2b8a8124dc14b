import { describe, expect, it } from "vitest";
import { type LossOn, PairBatches } from "./pair-batches.ts";

const rows = [
  { ids: [1, 10, 2, 11, 3], answerFrom: 3 },
  { ids: [1, 20, 21, 2, 22, 23, 3], answerFrom: 4 },
  { ids: [1, 30, 2, 31, 32, 3], answerFrom: 3 },
];
const PAD = 0;

function batches(batch: number, lossOn: LossOn = "all", seed = 1): PairBatches {
  return new PairBatches(rows, { batch, seed, lossOn, pad: PAD });
}

/** The ids of a step's rows, and their targets. */
function step(from: PairBatches, number: number) {
  const size = from.batch * from.time;
  const [ids, targets] = [new Int32Array(size), new Int32Array(size)];
  from.fill(number, ids, targets, 0);
  const cut = (all: Int32Array): number[][] =>
    Array.from({ length: from.batch }, (_, row) => [...all.subarray(row * from.time, (row + 1) * from.time)]);
  return { ids: cut(ids), targets: cut(targets) };
}

describe("PairBatches", () => {
  it("predicts each token from those before it, and never padding", () => {
    const from = batches(3);
    expect(from.time).toBe(6);
    const { ids, targets } = step(from, 1);
    const first = ids.findIndex((row) => row[1] === 10);
    expect(ids[first]).toEqual([1, 10, 2, 11, PAD, PAD]);
    expect(targets[first]).toEqual([10, 2, 11, 3, -1, -1]);
  });

  it("counts answers alone where asked to, from their first token to their end", () => {
    const { ids, targets } = step(batches(3, "answers-only"), 1);
    const second = ids.findIndex((row) => row[1] === 20);
    expect(targets[second]).toEqual([-1, -1, -1, 22, 23, 3]);
  });

  it("takes every row once an epoch, in another order each time", () => {
    const from = batches(1);
    const orders = Array.from({ length: 20 }, (_, epoch) =>
      [1, 2, 3].map((i) => step(from, 3 * epoch + i).ids[0]?.[1] ?? 0),
    );
    for (const order of orders) expect([...order].sort()).toEqual([10, 20, 30]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(2);
  });

  it("gives a step the same rows whatever was asked before, also across epochs", () => {
    const inOrder = batches(2);
    const all = Array.from({ length: 12 }, (_, i) => step(inOrder, i + 1));
    for (const number of [12, 1, 7, 7, 2]) expect(step(batches(2), number)).toEqual(all[number - 1]);
    expect(all).not.toEqual(Array.from({ length: 12 }, (_, i) => step(batches(2, "all", 2), i + 1)));
  });

  it("cuts all rows into blocks, the last one filled up with what does not count", () => {
    const blocks = batches(2).blocks();
    expect(blocks).toHaveLength(2);
    expect(blocks.map(({ counted }) => counted)).toEqual([10, 5]);
    expect([...(blocks[1]?.targets ?? [])]).toEqual([30, 2, 31, 32, 3, -1, -1, -1, -1, -1, -1, -1]);
  });
});
