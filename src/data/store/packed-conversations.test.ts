import { describe, expect, it } from "vitest";
import { present, Rng } from "../../base/index.ts";
import { evaluationBlocks } from "./evaluation-blocks.ts";
import { packRows } from "./pack-rows.ts";
import { PackedConversations } from "./packed-conversations.ts";
import { RowBatches } from "./rows.ts";
import { wholeStore } from "./split.ts";
import { ALPHABET, storeOf, talk, talks, tokensOf, turnsTokenizer } from "./token-store.contract.ts";

const { bos, eos, pad, assistant } = turnsTokenizer([ALPHABET]).special;

async function packed(count: number, time: number, lossOn: "all" | "answers-only" = "all", seed = 1) {
  const store = await storeOf(talks(count, 5), { contextWindow: time, shardBytes: 500 });
  const part = present(wholeStore(store).conversations, "conversations");
  return { store, part, rows: new PackedConversations(part, { time, seed, lossOn }) };
}

function row(from: PackedConversations, place: number) {
  const [ids, targets, segments] = [0, 0, 0].map(() => new Int32Array(from.time).fill(-7));
  const into = { ids: ids ?? new Int32Array(), targets: targets ?? new Int32Array(), segments };
  from.fillRow(place, into, 0);
  return { ids: [...into.ids], targets: [...into.targets], segments: [...(segments ?? [])] };
}

/** The tokens of each segment of a row that is not padding, with the target of its last place. */
function segmentsOf({ ids, targets, segments }: ReturnType<typeof row>): number[][] {
  const found: number[][] = [];
  for (const start of new Set(segments)) {
    expect(segments[start]).toBe(start);
    const places = segments.map((from, t) => (from === start ? t : -1)).filter((t) => t >= 0);
    expect(places).toEqual(Array.from({ length: places.length }, (_, i) => start + i));
    if (ids[start] === pad) {
      expect(places.filter((t) => ids[t] !== pad || targets[t] !== -1)).toEqual([]);
      continue;
    }
    expect(places.slice(0, -1).map((t) => targets[t])).toEqual(places.slice(1).map((t) => ids[t]));
    found.push([...places.map((t) => ids[t] ?? -1), targets[places.at(-1) ?? 0] ?? -1]);
  }
  return found;
}

describe("PackedConversations", () => {
  it("has every conversation once an epoch, in a segment of its own, whatever the row's length", async () => {
    for (const time of [20, 28, 64, 300]) {
      const { store, rows } = await packed(120, time);
      const all = tokensOf(store.conversation);
      const pieces: string[] = [];
      for (let from = 0; from < all.length; ) {
        const next = all.indexOf(bos, from + 1);
        pieces.push(String(all.slice(from, next < 0 ? all.length : next)));
        from = next < 0 ? all.length : next;
      }
      const orders = [0, 1, 2].map((epoch) => {
        const seen: string[] = [];
        for (let place = 0; place < rows.rows; place++) {
          const segments = segmentsOf(row(rows, epoch * rows.rows + place));
          for (const segment of segments) {
            expect(segment[0]).toBe(bos);
            if (time >= 28) expect(segment.at(-1)).toBe(eos);
            seen.push(String(segment));
          }
        }
        expect([...seen].sort()).toEqual([...pieces].sort());
        return String(seen);
      });
      expect(new Set(orders).size).toBe(3);
    }
  });

  it("leaves little empty, and says how much", async () => {
    const { rows } = await packed(1000, 64);
    expect(rows.padding).toBeLessThan(0.03);
    let empty = 0;
    for (let place = 0; place < rows.rows; place++) {
      empty += row(rows, place).targets.filter((target) => target === -1).length;
    }
    expect(empty / (rows.rows * 64)).toBeCloseTo(rows.padding, 12);
  });

  it("gives a step the same rows whatever was asked before", async () => {
    const { rows, part } = await packed(100, 40);
    const inOrder = Array.from({ length: 120 }, (_, place) => row(rows, place));
    for (const place of [110, 3, 3, 77, 0]) {
      expect(row(rows, place)).toEqual(inOrder[place]);
      const fresh = new PackedConversations(part, { time: 40, seed: 1, lossOn: "all" });
      expect(row(fresh, place)).toEqual(inOrder[place]);
    }
    const batches = new RowBatches(rows, 3);
    const [ids, targets] = [new Int32Array(130), new Int32Array(130)];
    batches.fill(4, ids, targets, 10);
    expect([...ids.subarray(10)]).toEqual([9, 10, 11].flatMap((place) => inOrder[place]?.ids ?? []));
    expect(batches.epochSteps).toBe(Math.ceil(rows.rows / 3));
  });

  it("counts what the assistant says alone, where asked to", async () => {
    const items = [talk("ab", "cd", "e", "fg"), talk("h", "i")];
    const tokenizer = turnsTokenizer([ALPHABET]);
    const part = present(
      wholeStore(await storeOf(items, { contextWindow: 32 })).conversations,
      "conversations",
    );
    const rows = new PackedConversations(part, { time: 32, seed: 1, lossOn: "answers-only" });
    const { ids, targets } = row(rows, 0);
    const counted = targets.filter((target) => target >= 0);
    const said = ["cd", "fg", "i"].flatMap((answer) => [...tokenizer.encode(answer), eos]);
    expect([...counted].sort()).toEqual([...said].sort());
    expect(ids.filter((id, t) => id === assistant && (targets[t] ?? -1) < 0)).toEqual([]);
  });

  it("refuses rows that are too short", async () => {
    const { part } = await packed(50, 64);
    expect(() => new PackedConversations(part, { time: 16, seed: 1, lossOn: "all" })).toThrow(
      expect.objectContaining({ code: "data-too-long" }),
    );
  });

  it("measures every conversation once, with the bytes of what counts", async () => {
    const { store, rows } = await packed(200, 48, "answers-only");
    const tokenizer = turnsTokenizer([ALPHABET]);
    const bytesOfToken = (id: number) => (tokenizer.decode([id]) === "" || id === eos ? 0 : 1);
    const blocks = [...evaluationBlocks(rows, { batch: 7, bytesOfToken })];
    const said = talks(200, 5).map(({ messages }) => messages[1]?.text.length ?? 0);
    const bytes = said.reduce((sum, length) => sum + length, 0);
    expect(store.index.counts.cutExchanges).toBe(0);
    expect(blocks.reduce((sum, block) => sum + block.bytes, 0)).toBe(bytes);
    expect(blocks.reduce((sum, block) => sum + block.counted, 0)).toBe(bytes + 200);
  });
});

describe("packRows", () => {
  it("puts every piece into one row, and no row over its length", () => {
    const rng = new Rng(9);
    for (let round = 0; round < 25; round++) {
      const time = 1 + rng.below(60);
      const lengths = new Uint32Array(time + 1);
      const pieces = rng.below(200);
      for (let i = 0; i < pieces; i++) {
        const length = 1 + rng.below(time);
        lengths[length] = (lengths[length] ?? 0) + 1;
      }
      const plan = packRows(lengths, time);
      expect([...plan.slots].sort((a, b) => a - b)).toEqual(Array.from({ length: pieces }, (_, i) => i));
      const ends = [...plan.classes];
      const lengthOf = (place: number): number => ends.findIndex((from) => from > place) - 1;
      let places = 0;
      const leftOver: number[] = [];
      for (let number = 0; number < plan.rows; number++) {
        const held = [...plan.slots.subarray(plan.starts[number], plan.starts[number + 1])].map(lengthOf);
        const used = held.reduce((sum, length) => sum + length, 0);
        expect(used).toBeLessThanOrEqual(time);
        expect(held.length).toBeGreaterThan(0);
        // What a later row holds did not fit into this one.
        expect(Math.min(...held)).toBeGreaterThan(Math.max(0, ...leftOver));
        leftOver.push(time - used);
        places += used;
      }
      if (plan.rows > 0) expect(plan.padding).toBeCloseTo(1 - places / (plan.rows * time), 12);
    }
  });
});
