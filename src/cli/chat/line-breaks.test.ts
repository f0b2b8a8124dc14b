import { describe, expect, it } from "vitest";
import { LineBreaks, MultiLine } from "./line-breaks.ts";

describe("line breaks in what is typed", () => {
  it("are kept where they were pasted, in whatever chunks the marks come", () => {
    for (let cut = 2; cut < 6; cut++) {
      const filter = new LineBreaks();
      const [begin, end] = ["\x1b[200~", "\x1b[201~"];
      const chunks = [
        "hi\r",
        begin.slice(0, cut),
        `${begin.slice(cut)}one\r\ntwo`,
        `\nthree${end.slice(0, cut)}`,
      ];
      const out = [...chunks, `${end.slice(cut)}\r`, "a\x1b\rb\r", "\x1b[A", "\x1b"].map((chunk) =>
        filter.push(chunk),
      );
      expect(out.join("")).toBe("hi\rone↵two↵three\ra↵b\r\x1b[A\x1b");
    }
  });
});

describe("lines that belong together", () => {
  const feed = (...lines: string[]): (string | undefined)[] => {
    const multi = new MultiLine();
    return lines.map((line) => multi.push(line));
  };

  it("go on after a backslash, and within quotes", () => {
    expect(feed("one\\", "two")).toEqual([undefined, "one\ntwo"]);
    expect(feed('"""', "a", "", "b\\", '"""', "c")).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      "a\n\nb\\",
      "c",
    ]);
    expect(feed("C:\\\\")).toEqual(["C:\\\\"]);
    expect(feed("a↵b")).toEqual(["a\nb"]);
  });
});
