import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { Heap } from "./heap.ts";

describe("Heap", () => {
  it("never hands out the same word twice, and gets everything back", () => {
    const rng = new Rng(1);
    const heap = new Heap(5);
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
    const whole = heap.end - 16;
    expect(heap.allocate(whole)).toBe(16);
    expect(heap.end).toBe(whole + 16);
  });
});
