import chalk from "chalk";
import { describe, expect, it } from "vitest";
import { ago, counted, duration, table } from "./terminal.ts";

chalk.level = 0;

describe("table", () => {
  it("has columns as wide as they need, and a line a row", () => {
    const text = table(["a", "long"], [["wide", "x\ny"]], 80);
    expect(text.split("\n")).toEqual(["a     long", "wide  x y"]);
  });

  it("cuts the widest columns to the terminal, by what a letter takes there", () => {
    const [, ...rows] = table(
      ["", "question", "answer"],
      [
        ["ok", "q".repeat(50), "a".repeat(20)],
        ["ok", "日本".repeat(20), "é"],
      ],
      40,
    ).split("\n");
    expect(rows).toEqual([`ok  ${"q".repeat(16)}…  ${"a".repeat(16)}…`, "ok  日本日本日本日本…  é"]);
  });
});

describe("words", () => {
  it("count", () => {
    expect([counted(1, "row"), counted(2000, "row")]).toEqual(["1 row", "2,000 rows"]);
  });

  it("tell time", () => {
    expect([0.05, 9.96, 61, 3700].map(duration)).toEqual(["0.1 s", "10 s", "1:01 min", "1:01:40 h"]);
    const now = new Date("2026-01-02T00:00:00Z");
    expect(ago("2026-01-01T00:00:00Z", now)).toBe("1 day ago");
    expect(ago("2026-01-01T23:59:30Z", now)).toBe("just now");
  });
});
