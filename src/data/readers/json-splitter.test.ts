import { describe, expect, it } from "vitest";
import { type JsonPart, JsonSplitter } from "./json-splitter.ts";

function split(text: string, size: number) {
  const splitter = new JsonSplitter();
  const parts: JsonPart[] = [];
  for (let at = 0; at < text.length; at += size) parts.push(...splitter.feed(text.slice(at, at + size)));
  return { splitter, parts };
}

const sizes = [1, 2, 3, 5, 8, 13, 1000];
const tricky = [
  1,
  -2.5e3,
  true,
  null,
  "plain",
  'quotes " and \\ and ] } , : [',
  "\\",
  "\\\\",
  '\\"',
  [],
  {},
  [[1], [["]"]]],
  { a: { b: ["}", { c: '"' }] }, "k:e,y": "\n" },
];

describe("JsonSplitter", () => {
  it.each([undefined, 2, "\t"])(
    "gives the elements of a list, indented by %j, in pieces of any size",
    (indent) => {
      const text = ` ${JSON.stringify(tricky, null, indent)}\n`;
      for (const size of sizes) {
        const { parts, splitter } = split(text, size);
        expect(parts.map((part) => JSON.parse(part.text) as unknown)).toEqual(tricky);
        expect(parts.every(({ key, element }) => key === undefined && !element)).toBe(true);
        expect([splitter.open, splitter.more, splitter.waiting]).toEqual([false, false, 0]);
      }
    },
  );

  it("gives the members of an object, and the elements of those that are lists", () => {
    const text = JSON.stringify(
      { version: 1, 'na"me': "x", data: tricky, more: { list: [1] }, none: [] },
      null,
      1,
    );
    for (const size of sizes) {
      const { parts } = split(text, size);
      const data = parts.filter(({ key }) => key === "data");
      expect(data.map((part) => JSON.parse(part.text) as unknown)).toEqual(tricky);
      expect(data.every(({ element }) => element)).toBe(true);
      const others = parts.filter(({ key }) => key !== "data");
      expect(others.map(({ key, text: value }) => [key, value.replace(/\s/g, "")])).toEqual([
        ["version", "1"],
        ['na"me', '"x"'],
        ["more", '{"list":[1]}'],
      ]);
    }
  });

  it("knows the lines on which parts begin", () => {
    const text = '[\n{"a":\n1},\n\n"b"\n,\n3]';
    for (const size of sizes) expect(split(text, size).parts.map(({ line }) => line)).toEqual([2, 5, 7]);
  });

  it("knows that a text is cut, and where its last part begins", () => {
    const text = JSON.stringify(tricky);
    for (let end = 1; end < text.length; end++) {
      const { parts, splitter } = split(text.slice(0, end), 7);
      expect(splitter.open).toBe(true);
      expect(parts.length).toBeLessThanOrEqual(tricky.length);
    }
    expect(split('[1,\n2,\n{"a":', 3).splitter.line).toBe(3);
  });

  it("sees that something follows the end", () => {
    expect(split("[1] [2]", 4).splitter.more).toBe(true);
    expect(split("[1]\n\n", 1).splitter.more).toBe(false);
  });
});
