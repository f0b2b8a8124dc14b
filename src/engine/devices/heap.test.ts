import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { Heap } from "./heap.ts";

describe("Heap", () => {
  it("never hands out the same word twice, and gets everything back", () => {
    const rng = new Rng(1);
    const heap = new Heap();
    const live = new Map<number, number>();
    for (let round = 0; round < 2000; round++) {
      if (live.size > 0 && rng.below(2) === 0) {
        const [offset, words] = [...live][rng.below(live.size)]!;
        live.delete(offset);
        heap.free(offset, words);
      } else {
        const words = rng.below(200);
        const offset = heap.allocate(words);
        expect(offset % 16).toBe(0);
        for (const [other, size] of live)
          expect(offset + words <= other || other + size <= offset).toBe(true);
        live.set(offset, words);
      }
    }
    for (const [offset, words] of live) heap.free(offset, words);
    expect(heap.end).toBe(0);
  });

  it("notices what is given back twice", () => {
    const heap = new Heap();
    const [first] = [heap.allocate(100), heap.allocate(100)];
    heap.free(first, 100);
    expect(() => heap.free(first, 100)).toThrow("given back twice");
    expect(() => heap.free(5000, 100)).toThrow("given back twice");
  });
});
