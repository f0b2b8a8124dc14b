import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { fold } from "./fold.ts";
import { hash64 } from "./hash.ts";
import { HashTable } from "./hash-table.ts";
import { NearIndex } from "./near-index.ts";
import { shinglesOf } from "./shingles.ts";

const folded = (text: string, folding: "words" | "signs" = "words"): string =>
  String.fromCharCode(...fold(text, folding));

describe("fold", () => {
  it("keeps words in lower case with a space between", () => {
    expect(folded("  Hello,\n\tWORLD -- it's 3 o'clock! ")).toBe("hello world it s 3 o clock");
    expect(folded("E\u0301cole")).toBe("\u00e9cole");
    expect(folded("...")).toBe("");
  });

  it("keeps signs where asked", () => {
    expect(folded(" 3 +  4\n= 7 ", "signs")).toBe("3 + 4 = 7");
  });

  it("takes each character of a script without spaces for a word", () => {
    expect(folded("我们go\u3002走")).toBe("我 们 go 走");
  });
});

describe("a hash table", () => {
  it("holds what a Set and a Map hold", () => {
    const rng = new Rng(7);
    const [table, numbers, map] = [new HashTable(), new HashTable(true), new Map<string, number>()];
    for (let i = 0; i < 20_000; i++) {
      // Few different values, so that many are there already; zeros among them.
      const hash = { low: rng.below(200) - 100, high: (rng.below(200) - 100) << 24 };
      const key = `${hash.low} ${hash.high}`;
      if (hash.low === 0 && hash.high === 0) continue;
      expect(table.add(hash)).toBe(!map.has(key));
      map.set(key, i);
      numbers.set(hash, i);
    }
    expect([table.size, numbers.size]).toEqual([map.size, map.size]);
    for (const [key, value] of map) {
      const [low = 0, high = 0] = key.split(" ").map(Number);
      expect([table.has({ low, high }), numbers.get({ low, high })]).toEqual([true, value]);
    }
    expect(table.has({ low: 12_345, high: 6 })).toBe(false);
  });

  it("takes 11 to 23 bytes an entry", () => {
    const table = new HashTable();
    for (let i = 0; i < 200_000; i++) table.add(hash64(Uint16Array.of(i & 0xffff, i >> 16)));
    expect(table.size).toBe(200_000);
    expect(table.bytes / table.size).toBeGreaterThan(11);
    expect(table.bytes / table.size).toBeLessThan(23);
  });
});

describe("finding near duplicates", () => {
  const rng = new Rng(3);
  const words = Array.from({ length: 400 }, (_, i) => `w${i.toString(36)}x`);
  const random = (count: number): string[] =>
    Array.from({ length: count }, () => words[rng.below(words.length)] ?? "");

  /** A text, and the same with some words changed. */
  function pair(length: number, changes: number): [string, string] {
    const first = random(length);
    const second = [...first];
    for (let i = 0; i < changes; i++) second[rng.below(length)] = `new${i}`;
    return [first.join(" "), second.join(" ")];
  }

  function jaccard(a: string, b: string): number {
    const [first, second] = [new Set(shinglesOf(a)), new Set(shinglesOf(b))];
    const common = [...first].filter((shingle) => second.has(shingle)).length;
    return common / (first.size + second.size - common);
  }

  it("agrees with comparing each with each", () => {
    const seen = { near: 0, nearFound: 0, far: 0, farFound: 0 };
    for (let i = 0; i < 300; i++) {
      const length = i % 2 === 0 ? 8 + rng.below(20) : 40 + rng.below(200);
      const [first, second] = pair(length, rng.below(Math.ceil(length / 8) + 1));
      const index = new NearIndex(0.8);
      index.add(shinglesOf(first));
      const found = !index.add(shinglesOf(second));
      const similarity = jaccard(first, second);
      // Close to the threshold the estimate decides: two standard errors.
      if (similarity > 0.87) {
        seen.near++;
        if (found) seen.nearFound++;
      }
      if (similarity < 0.73) {
        seen.far++;
        if (found) seen.farFound++;
      }
    }
    expect(Math.min(seen.near, seen.far)).toBeGreaterThan(50);
    expect(seen.nearFound).toBeGreaterThan(0.97 * seen.near);
    expect(seen.farFound).toBeLessThan(0.03 * seen.far);
  });

  it("finds the one among many, and forgets none before it is full", () => {
    const texts = Array.from({ length: 2000 }, () => random(50).join(" "));
    const index = new NearIndex(0.8, 2000);
    for (const text of texts) expect(index.add(shinglesOf(text))).toBe(true);
    expect(index.isFull).toBe(true);
    for (const text of texts.slice(0, 100)) expect(index.add(shinglesOf(`${text} more`))).toBe(false);
    expect(index.add(shinglesOf(random(50).join(" ")))).toBe(true);
    expect(index.size).toBe(2000);
    expect(index.bytes / index.size).toBeLessThan(600);
  });

  it("tells short sums apart", () => {
    const index = new NearIndex(0.8);
    const sums = ["What is 3 + 4? It is 7.", "What is 3 + 5? It is 8.", "Hi!", "Hello!", "+", "-", ""];
    expect(sums.map((text) => index.add(shinglesOf(text)))).toEqual(sums.map(() => true));
    expect(index.add(shinglesOf("hi"))).toBe(false);
  });
});
