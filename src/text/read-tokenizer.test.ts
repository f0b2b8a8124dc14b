import { describe, expect, it } from "vitest";
import { byteCharacters } from "./byte-alphabet.ts";
import { tokenizerFromJson } from "./read-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

type Json = Record<string, unknown>;

const bytes = Object.fromEntries(byteCharacters.map((character, byte) => [character, byte]));
const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const end = (id: number): Json => ({ id, content: "<|endoftext|>", special: true });

/** As GPT-2's file: no type of model, merges as text, one special token that is in the vocabulary. */
const like2 = (model: Json = {}, rest: Json = {}): Json => ({
  added_tokens: [end(260)],
  normalizer: null,
  pre_tokenizer: BYTE_LEVEL,
  decoder: BYTE_LEVEL,
  model: {
    vocab: { ...bytes, he: 256, ll: 257, Ġhe: 258, hell: 259, "<|endoftext|>": 260 },
    merges: ["h e", "l l", "Ġ he", "he ll"],
    ...model,
  },
  ...rest,
});

const read = (json: unknown): Tokenizer => tokenizerFromJson(JSON.parse(JSON.stringify(json)), "t.json");

const split = (pattern: string, more: Json = {}): Json => ({
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false, ...more },
    { ...BYTE_LEVEL, use_regex: false },
  ],
});

describe("tokenizerFromJson", () => {
  it("reads a file like GPT-2's", () => {
    const tokenizer = read(like2());
    expect([tokenizer.kind, tokenizer.size]).toEqual(["bpe", 261]);
    expect(tokenizer.special).toMatchObject({ pad: 260, bos: 260, eos: 260, sep: undefined, unk: undefined });
    expect(tokenizer.encode("hello hell").map((id) => tokenizer.show(id))).toEqual([
      ...["hell", "o", " he", "ll"],
    ]);
    expect(tokenizer.decode([...tokenizer.encode("hello"), 260])).toBe("hello");
    expect(tokenizer.encode("<|endoftext|>")).not.toContain(260);
  });

  it("reads a file like Llama 3's: merges as pairs, more tokens beside the vocabulary, whole words first", () => {
    const vocab = { ...bytes, he: 256, ll: 257, hell: 258, Ġhell: 259 };
    const merges = [
      ["h", "e"],
      ["l", "l"],
      ["he", "ll"],
    ];
    const added_tokens = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"].map((content, index) => ({
      ...end(260 + index),
      content,
    }));
    const json = like2({ type: "BPE", vocab, merges, ignore_merges: true }, { added_tokens });
    const tokenizer = read({ ...json, pre_tokenizer: split("\\p{L}+| ?\\p{L}+") });
    expect(tokenizer.special).toMatchObject({ bos: 260, eos: 262, pad: 262 });
    expect(tokenizer.encode(" hell")).toEqual([259]);
    expect(read(tokenizer.toJson()).encode(" hell")).toEqual([259]);
    const merging = like2({ type: "BPE", vocab, merges }, { added_tokens });
    expect(read({ ...merging, pre_tokenizer: split(" ?\\p{L}+") }).encode(" hell")).toEqual([32, 258]);
  });

  it("reads tokens that are added but not special as text, which text never makes", () => {
    const tokenizer = read(
      like2({}, { added_tokens: [end(260), { id: 261, content: "<think>", special: false }] }),
    );
    expect(tokenizer.decode([261, 260, 104])).toBe("<think>h");
    expect(tokenizer.encode("<think>")).not.toContain(261);
    expect(tokenizer.byteLength(261)).toBe(7);
  });

  it("cuts by several rules in turn", () => {
    const digits = { type: "Digits", individual_digits: true };
    const tokenizer = read({
      ...like2({ vocab: { ...bytes, "11": 256, "<|endoftext|>": 257 }, merges: ["1 1"] }),
      added_tokens: [end(257)],
      pre_tokenizer: { type: "Sequence", pretokenizers: [digits, BYTE_LEVEL] },
    });
    expect(tokenizer.encode("111")).toEqual([49, 49, 49]);
  });

  it("cuts a text that is longer than a regular expression can take as it cuts a short one", () => {
    const tokenizer = read(like2());
    const sentence = "hello, hell's  bells 日本語\n ";
    const ids = tokenizer.encode(sentence);
    // Some engines give up on a word of three million characters, and then cut the rest in parts.
    const long = "日".repeat(3_000_000);
    const bulk = tokenizer.encodeToArray(`${long}\n${sentence.repeat(60_000)}`);
    const twice = tokenizer.encode(sentence.repeat(2));
    expect(tokenizer.countBytes(bulk)).toBe(9_000_001 + 60_000 * tokenizer.countBytes(ids));
    expect(bulk.length).toBe(9_000_001 + ids.length + (twice.length - ids.length) * 59_999);
  });

  it.each<[what: string, json: unknown, message: RegExp]>([
    ["nothing", null, /model is of type undefined/],
    ["SentencePiece", like2({ type: "Unigram" }), /model is of type "Unigram"/],
    ["SentencePiece as BPE without bytes", like2({ byte_fallback: true }), /no token <0x00>/],
    ["a normalizer", like2({}, { normalizer: { type: "NFC" } }), /t\.json: it has a normalizer \("NFC"\)/],
    ["ends of words", like2({ end_of_word_suffix: "</w>" }), /end_of_word_suffix "<\/w>"/],
    ["dropout", like2({ dropout: 0.1 }), /dropout/],
    ["no vocab", like2({ vocab: 3 }), /no vocab/],
    [
      "a hole in the ids",
      like2({ vocab: { ...bytes, he: 1e9 } }, { added_tokens: [end(256)] }),
      /"he" has id 1000000000, where 257/,
    ],
    ["a fraction as id", like2({ vocab: { ...bytes, he: 256.5 } }, { added_tokens: [] }), /has id 256.5/],
    ["one id twice", like2({}, { added_tokens: [end(260), { ...end(260), content: "<x>" }] }), /has id 260/],
    ["two ids of one token", like2({}, { added_tokens: [end(3)] }), /has id 3, but 260 in vocab/],
    ["an added token without id", like2({}, { added_tokens: [{ content: "x" }] }), /no content or no id/],
    ["no end", like2({ vocab: { ...bytes, he: 256 } }, { added_tokens: [] }), /ends a text/],
    [
      "a token of no bytes",
      like2({ vocab: { ...bytes, "a b": 256 } }, { added_tokens: [end(257)] }),
      /"a b" is not written as bytes/,
    ],
    [
      "a merge of unknown tokens",
      like2({ merges: ["h e", "x yz"] }),
      /the merge "x yz" needs the token "yz"/,
    ],
    ["a merge into no token", like2({ merges: ["x y"] }), /needs the token "xy"/],
    ["a merge of three", like2({ merges: ["x y z"] }), /not of two/],
    ["merges that are none", like2({ merges: 7 }), /model is of type undefined/],
    [
      "a space before every text",
      like2({}, { pre_tokenizer: { ...BYTE_LEVEL, add_prefix_space: true } }),
      /add_prefix_space/,
    ],
    ["another way of cutting", like2({}, { pre_tokenizer: { type: "Metaspace" } }), /is "Metaspace"/],
    ["no way of cutting", like2({}, { pre_tokenizer: null }), /is null/],
    ["cutting away", like2({}, { pre_tokenizer: split("a", { behavior: "Removed" }) }), /"Removed"/],
    ["exponential time", like2({}, { pre_tokenizer: split("(?:a+)+b") }), /repeats a group/],
    ["exponential time, too", like2({}, { pre_tokenizer: split("(a|a)*b") }), /repeats a group/],
    ["a back reference", like2({}, { pre_tokenizer: split("(a)\\1") }), /has \\1/],
    ["half a pattern", like2({}, { pre_tokenizer: split("[a") }), /ends too early/],
  ])("refuses a file with %s", (_, json, message) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({ code: "tokenizer-invalid", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a file in which a byte is missing", () => {
    const { a, ...others } = bytes;
    const vocab = Object.fromEntries(Object.keys(others).map((token, id) => [token, id]));
    expect(() => read(like2({ vocab, merges: ["b c"] }, { added_tokens: [end(255)] }))).toThrow(
      /no token for the byte 97/,
    );
  });
});
