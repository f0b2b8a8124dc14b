import { describe, expect, it } from "vitest";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { describeTokenizer } from "./tokenizer.contract.ts";

const TEXTS = ["Hello", "", "wörld 👋\n", "\ufeffa\u0000 日本", "<eos><pad>"];

describeTokenizer("ByteTokenizer", new ByteTokenizer(), TEXTS);
describeTokenizer("ByteTokenizer for conversations", new ByteTokenizer("chat"), TEXTS);
describeTokenizer("ByteTokenizer for pairs", new ByteTokenizer("pairs"), TEXTS);

describe("ByteTokenizer", () => {
  const bytes = new ByteTokenizer();

  it("has the bytes after the special tokens", () => {
    expect(bytes.size).toBe(259);
    expect(bytes.encode("aé")).toEqual([3 + 0x61, 3 + 0xc3, 3 + 0xa9]);
  });

  it("shows bytes that are no text alone by their numbers", () => {
    expect([0, 3 + 0x61, 3 + 0xc3, 259].map((id) => bytes.show(id))).toEqual([
      ...["<pad>", "a", "<0xC3>", "token 259"],
    ]);
  });

  it("gives a character with its last byte, and what is no text as U+FFFD", () => {
    const stream = bytes.decodeStream();
    const ids = bytes.encode("a👋b");
    expect(ids.map((id) => stream.push(id))).toEqual(["a", "", "", "", "👋", "b"]);
    expect(stream.flush()).toBe("");
    expect(stream.push(3 + 0xf0)).toBe("");
    expect(stream.flush()).toBe("\ufffd");
    expect(bytes.decode([3 + 0xff, 3 + 0x61, 3 + 0xe2])).toBe("\ufffda\ufffd");
  });

  it("reads half a character as U+FFFD", () => {
    expect(bytes.decode(bytes.encode("a\ud83d"))).toBe("a\ufffd");
  });
});
