import { describe, expect, it } from "vitest";
import { closest, editDistance } from "./edit-distance.ts";

describe("editDistance", () => {
  it.each([
    ["kitten", "sitting", 3],
    ["", "abc", 3],
    ["same", "same", 0],
    ["flaw", "lawn", 2],
    ["ab", "ba", 2],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe("closest", () => {
  it("finds a misspelt name and nothing far away", () => {
    expect(closest("tinytalk", ["tinytalks", "pip"])).toBe("tinytalks");
    expect(closest("TinyTalks", ["tinytalks"])).toBe("tinytalks");
    expect(closest("shakespeare", ["tinytalks", "pip"])).toBeUndefined();
    expect(closest("x", [])).toBeUndefined();
  });
});
