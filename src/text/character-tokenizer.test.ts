import { describe, expect, it } from "vitest";
import { CharacterTokenizer } from "./character-tokenizer.ts";
import { describeTokenizer } from "./tokenizer.contract.ts";

const fitted = CharacterTokenizer.fit(["Hello", "wörld 👋", "1+1"]);

describeTokenizer("CharacterTokenizer", fitted, ["Hello", "wörld", "👋 He11o", "", "1+1 1+1"]);

describeTokenizer(
  "CharacterTokenizer for conversations",
  CharacterTokenizer.fit(["Hello 👋"], { special: "chat", unknown: true }),
  ["Hello", "👋👋", "oll eH"],
);
describeTokenizer("CharacterTokenizer for documents", CharacterTokenizer.fit(["abc"], { special: "text" }), [
  "cab",
]);

describe("CharacterTokenizer", () => {
  it("puts special tokens first, then characters by code point", () => {
    expect(Array.from({ length: fitted.size }, (_, id) => fitted.show(id))).toEqual([
      ...["<pad>", "<bos>", "<sep>", "<eos>"],
      ...[" ", "+", "1", "H", "d", "e", "l", "o", "r", "w", "ö", "👋"],
    ]);
  });

  it("names an unknown character and its place", () => {
    expect(() => fitted.encode("Hexe")).toThrow(
      expect.objectContaining({
        code: "unknown-character",
        message: expect.stringContaining(
          'the character "x" at place 3 of "Hexe". It knows these:  +1Hdelorwö👋',
        ),
      }),
    );
  });

  it("lists only some of many characters that it knows", () => {
    const many = Array.from({ length: 500 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join("");
    expect(() => CharacterTokenizer.fit([many]).encode("x")).toThrow(/: .{200} and 300 others$/);
  });

  it("reads unknown characters as <unk> where it was made with one", () => {
    const lenient = CharacterTokenizer.fit(["abc"], { unknown: true });
    expect(lenient.special.unk).toBe(4);
    expect(lenient.encode("axc")).toEqual([5, 4, 7]);
    expect(lenient.decode([5, 4, 7])).toBe("ac");
    const again = CharacterTokenizer.fromJson(lenient.toJson(), "x");
    expect(again.encode("axc")).toEqual([5, 4, 7]);
  });

  it("never makes a special token out of text", () => {
    const tricky = CharacterTokenizer.fit(["<eos><pad><sep>"]);
    expect(Math.min(...tricky.encode("<eos><pad>"))).toBeGreaterThan(3);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /not a character tokenizer/],
    ["another kind", { model: { type: "BPE", vocab: {} } }, /not a character tokenizer/],
    [
      "a hole in the ids",
      { model: { type: "WordLevel", vocab: { "<pad>": 0, "<bos>": 2 } } },
      /"<bos>" has id 2, where 1 is wanted/,
    ],
    ["other special tokens", { model: { type: "WordLevel", vocab: { a: 0 } } }, /token 0 is "a", not <pad>/],
    [
      "tokens of several characters",
      { model: { type: "WordLevel", vocab: { "<pad>": 0, "<bos>": 1, "<sep>": 2, "<eos>": 3, ab: 4 } } },
      /token "ab" is not one character/,
    ],
  ])("refuses a file with %s", (_, json, message) => {
    expect(() => CharacterTokenizer.fromJson(json, "tokenizer.json")).toThrow(
      expect.objectContaining({ code: "tokenizer-invalid", message: expect.stringMatching(message) }),
    );
  });
});
