import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { fittingTable, overlapCell, scoreCell } from "./exam-cells.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: colors
const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, "");

describe("a cell of an exam", () => {
  it("says a share that is not all and not nothing so", () => {
    const texts = [
      [0, 3],
      [1, 1000],
      [1, 3],
      [999, 1000],
      [3, 3],
    ].map(([right = 0, asked = 0]) => plain(scoreCell({ right, asked })));
    expect(texts).toEqual(["  0% 0/3", "  1% 1/1000", " 33% 1/3", " 99% 999/1000", "100% 3/3"]);
    expect(scoreCell({ right: 0, asked: 0 })).toBe("");
    expect(scoreCell(undefined)).toBe("");
  });

  it("says how many of its questions are in the training text", () => {
    const none = { all: 0, found: 0 };
    const overlap = { questions: 3, exact: 2, within: 3, conversations: none, grams: none };
    const tally = { right: 1, asked: 3 };
    expect(plain(scoreCell(tally, "both", overlap))).toBe(" 33% 1/3 =2");
    expect(plain(scoreCell(tally, "counts", overlap))).toBe("1/3 =2");
    expect(plain(scoreCell(tally, "share", { ...overlap, exact: 0 }))).toBe(" 33%");
    expect(plain(overlapCell("seen", 2, 3, "both"))).toBe(" 67% 2/3");
    expect(plain(overlapCell("seen", 0, 0, "both"))).toBe("   -");
  });

  it("says less where there is no room", () => {
    const rows = (narrow: boolean): string[][] => [
      ["color", scoreCell({ right: 9, asked: 10 }, narrow ? "share" : "both")],
    ];
    expect(plain(fittingTable(["skill", "seen"], rows, 80))).toBe("skill  seen\ncolor   90% 9/10");
    const narrow = fittingTable(["skill", "seen"], rows, 12);
    expect(plain(narrow)).toBe("skill  seen\ncolor   90%");
    for (const line of narrow.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(12);
  });
});
