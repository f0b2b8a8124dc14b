import { describe, expect, it } from "vitest";
import { windowStart } from "./window.ts";

describe.each([1, 2, 7, 8])("a window of %i tokens", (capacity) => {
  it("sees the whole text while it fits, then always its end and more than half a window", () => {
    let before = 0;
    for (let length = 1; length <= 5 * capacity; length++) {
      const start = windowStart(length, capacity);
      const seen = length - start;
      if (length <= capacity) expect(start).toBe(0);
      else expect(seen).toBeGreaterThan(Math.floor(capacity / 2));
      expect(seen).toBeLessThanOrEqual(capacity);
      expect(seen).toBeGreaterThan(0);
      expect(start).toBeGreaterThanOrEqual(before);
      before = start;
    }
  });

  it("moves once for every half window", () => {
    const starts = Array.from({ length: 6 * capacity }, (_, length) => windowStart(length + 1, capacity));
    expect(new Set(starts).size).toBe(Math.max(...starts) / Math.ceil(capacity / 2) + 1);
  });
});
