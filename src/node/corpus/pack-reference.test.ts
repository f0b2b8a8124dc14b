import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { absolutePack, packOfAnother, packTitle, parsePackReference, parseSize } from "./pack-reference.ts";

describe("the name of text to be made", () => {
  it("has a character, a kind, a size and a seed", () => {
    expect(parsePackReference("pack:pip")).toEqual({ name: "pip", kind: undefined, bytes: 5e6, seed: 1 });
    expect(parsePackReference("pack:pip/stories?size=500KB&seed=7")).toEqual({
      ...{ name: "pip", kind: "stories", bytes: 500_000, seed: 7 },
    });
    expect(parsePackReference("pack:./a b/my.yaml/questions?seed=0")).toMatchObject({
      ...{ name: "./a b/my.yaml", kind: "questions", seed: 0 },
    });
    expect(parsePackReference("pack:C:\\own\\my.YML/questions")).toMatchObject({ name: "C:\\own\\my.YML" });
  });

  it.each([
    ["pack:", /names no character/],
    ["pack:pip/storys", /no kind "storys". Did you mean stories\?/],
    ["pack:pip?sise=5MB", /no option "sise". Did you mean size\?/],
    ["pack:pip?size=5 parrots", /size=5 parrots must be a size/],
    ["pack:pip?size=0", /size=0 must be/],
    ["pack:pip?seed=-1", /seed=-1 must be a whole number/],
    ["pack:pip?seed=4294967296", /must be a whole number/],
  ])("%s is told", (source, message) => {
    expect(() => parsePackReference(source)).toThrow(
      expect.objectContaining({ code: "pack-reference", message: expect.stringMatching(message) }),
    );
  });

  it("has sizes as people write them", () => {
    const sizes = ["12", "500KB", "1.5 mb", "2 GiB", "1KiB", "", "MB", "-1MB", "1e9", "101GB"];
    expect(sizes.map(parseSize)).toEqual([
      ...[12, 500_000, 1_500_000, 2 ** 31, 1024],
      ...[undefined, undefined, undefined, undefined, undefined],
    ]);
  });

  it("names a file by its whole path, and another character in its place", () => {
    const source = "pack:./my.yaml/stories?size=1MB";
    const whole = resolve("/there", "my.yaml");
    expect(absolutePack(source, "/there")).toBe(`pack:${whole}/stories?size=1MB`);
    expect(absolutePack(`pack:${whole}`, "/here")).toBe(`pack:${whole}`);
    expect(absolutePack("pack:pip/stories", "/there")).toBe("pack:pip/stories");
    expect(packOfAnother("pack:pip/stories?seed=2", whole)).toBe(`pack:${whole}/stories?seed=2`);
    expect(packTitle(`pack:${whole}/stories?seed=2`)).toBe("pack:my.yaml/stories?seed=2");
  });
});
