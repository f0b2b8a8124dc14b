import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { wrapText } from "./wrap-text.ts";

describe("wrapText", () => {
  it.each([
    ["one two three", 8, 9, ["one two", "three"]],
    ["a\n\n  b\r\nc", 8, 9, ["a", "  b", "c"]],
    ["abcdefghij kl", 4, 9, ["abcd", "efgh", "ij", "kl"]],
    ["one two three four", 9, 1, ["one two…"]],
    ["小さな船が来た", 6, 9, ["小さな", "船が来", "た"]],
    ["", 8, 9, []],
    [" \n ", 8, 9, []],
  ])("of %j in %d columns and %d lines", (text, width, most, lines) => {
    expect(wrapText(text, width, most)).toEqual(lines);
  });

  it("is never wider nor longer than asked, and lets nothing through that moves the cursor", () => {
    const text =
      "The \u001b[2Jgoats \u0007 sang 小さな🚢👩‍👩‍👧 averyveryverylongword\tand\u009b left.\n".repeat(3);
    for (let width = 2; width < 40; width++) {
      for (const most of [1, 2, 50]) {
        const lines = wrapText(text, width, most);
        expect(lines.length).toBeLessThanOrEqual(most);
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }
    }
  });
});
