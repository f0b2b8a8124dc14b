import chalk from "chalk";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SideBySide, wrapped } from "./side-by-side.ts";

const level = chalk.level;
beforeAll(() => {
  chalk.level = 0;
});
afterAll(() => {
  chalk.level = level;
});

function show(columns: number, rows = 24): string {
  let out = "";
  const view = new SideBySide({ columns, rows, write: (text) => (out += text) }, ["one", "two"]);
  for (let length = 1; length <= 60; length++) view.update(0, "word ".repeat(length), "");
  view.update(1, "yes\u001b[2J", "3 tokens");
  view.end();
  // What was drawn last is what stays.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: how a terminal goes up and clears
  return out.split(/\x1b\[\d+A\r\x1b\[J/).at(-1) ?? "";
}

describe("two texts", () => {
  it("stand side by side on a wide terminal, within its width", () => {
    const lines = show(100).trimEnd().split("\n");
    expect(lines[0]).toMatch(/^one {45} │ two$/);
    expect(lines[1]).toMatch(/^word .* │ yes\uFFFD\[2J$/);
    expect(lines[2]).toMatch(/^word .* │ 3 tokens$/);
    for (const line of lines) expect(stringWidth(line)).toBeLessThan(100);
    expect(lines.join("").match(/word/g)).toHaveLength(60);
  });

  it("stand one below the other on a narrow one, whole at the end, however low it is", () => {
    const lines = show(40, 6).trimEnd().split("\n");
    expect(lines.join("").match(/word/g)).toHaveLength(60);
    expect(lines.slice(-3)).toEqual(["two", "yes\uFFFD[2J", "3 tokens"]);
  });

  it("are broken between words, and in them where they are too long", () => {
    expect(wrapped("a bc def\n\nghijklmnop q", 4)).toEqual(["a bc", "def", "", "ghij", "klmn", "op q"]);
    expect(wrapped("漢字漢字", 4)).toEqual(["漢字", "漢字"]);
  });
});
