import { Tokenizer as Reference } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { tokenizerFromJson } from "./read-tokenizer.ts";
import { byteNames } from "./sentence-piece-tokenizer.ts";
import { describeTokenizer } from "./tokenizer.contract.ts";

type Json = Record<string, unknown>;

const NAMES = ["<pad>", "<bos>", "<eos>", "<unk>"];
const added_tokens = NAMES.map((content, id) => ({ id, content, special: true }));
const CHARACTERS = [..."\u2581etaoinshrdlucmfwypvbgkTH.,!'\u00e4\u4f60"];
const MERGES = [
  ["\u2581", "\u2581"],
  ["\u2581\u2581", "\u2581\u2581"],
  ["h", "e"],
  ["\u2581", "t"],
  ["\u2581t", "he"],
  ["l", "l"],
  ["o", "u"],
  ["he", "ll"],
  ["hell", "o"],
  ["\u2581", "hello"],
  ["e", "r"],
  ["a", "n"],
  ["\u2581", "an"],
  ["\u2581an", "d"],
];
const REPLACE = { type: "Replace", pattern: { String: " " }, content: "\u2581" };
const PREPEND = { type: "Prepend", prepend: "\u2581" };
const DECODE = [
  { type: "Replace", pattern: { String: "\u2581" }, content: " " },
  { type: "ByteFallback" },
  { type: "Fuse" },
];
const STRIP = { type: "Strip", content: " ", start: 1, stop: 0 };

/** A file as that of Llama 2. */
const like = (rest: Json = {}, merges: readonly string[][] = MERGES, model: Json = {}): Json => {
  const tokens = [
    ...NAMES,
    ...byteNames,
    ...new Set([...merges.map((pair) => pair.join("")), ...CHARACTERS]),
  ];
  return {
    added_tokens,
    normalizer: { type: "Sequence", normalizers: [PREPEND, REPLACE] },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Sequence", decoders: [...DECODE, STRIP] },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ...model,
    },
    ...rest,
  };
};
/** Without a space before each text. */
const bare = like({
  normalizer: { type: "Sequence", normalizers: [REPLACE] },
  decoder: { type: "Sequence", decoders: DECODE },
});
const metaspace = (split: boolean): Json => {
  const part = { type: "Metaspace", replacement: "\u2581", prepend_scheme: "first", split };
  return like({ normalizer: null, pre_tokenizer: part });
};

const read = (json: unknown) => tokenizerFromJson(JSON.parse(JSON.stringify(json)), "t.json");

const TEXTS = [
  "hello and the other hello",
  "",
  " ",
  "   two   spaces\n\nand\tlines  ",
  "Gr\u00fc\u00dfe, \u4f60\u597d, \ud83d\udc69\u200d\ud83d\udc69 caf\u00e9",
  "the ".repeat(100),
  "hello".repeat(60),
];

describeTokenizer("SentencePiece's BPE", read(bare), TEXTS);
describeTokenizer("SentencePiece's BPE with a space before", read(like()), TEXTS, " ");

describe("SentencePieceTokenizer", () => {
  it("merges in order, and writes what it does not know as bytes", () => {
    const tokenizer = read(like());
    const show = (text: string) => tokenizer.encode(text).map((id) => tokenizer.show(id));
    expect(show("hello the")).toEqual([" hello", " the"]);
    expect(show("the\n")).toEqual([" the", "\n"]);
    expect(show("\u00fc")).toEqual([" ", "<0xC3>", "<0xBC>"]);
    expect(tokenizer.encode("<eos>")).not.toContain(2);
  });

  it("cuts at each space where Metaspace does", () => {
    const tokenizer = read(metaspace(true));
    const show = (text: string) => tokenizer.encode(text).map((id) => tokenizer.show(id));
    expect(show("  hello  the")).toEqual([" ", " hello", " ", " the"]);
  });

  it("gives the same tokens for a long text as for its parts, and where no part can be cut off", () => {
    const crossing = [...MERGES, ["d", "\u2581the"], ["\u2581an", "d\u2581the"]];
    const tokenizer = read(like({}, crossing));
    expect(tokenizer.encode("and the").map((id) => tokenizer.show(id))).toEqual([" and", " the"]);
    const plain = read(like());
    const ids = plain.encode("hello and the ");
    expect(plain.encode("hello and the ".repeat(2000)).slice(0, ids.length - 1)).toEqual(ids.slice(0, -1));
  });

  it.each<[string, Json]>([
    ["with a normalizer", like()],
    ["without a space before", bare],
    ["with Metaspace", metaspace(false)],
    ["with tokens across spaces", like({}, [...MERGES, ["d", "\u2581"], ["d\u2581", "t"], ["s", "\u2581"]])],
  ])("%s gives the ids of Hugging Face's own", (_, json) => {
    const tokenizer = read(json);
    const reference = new Reference(JSON.parse(JSON.stringify(json)), {
      clean_up_tokenization_spaces: false,
    });
    for (const text of TEXTS) {
      const ids = tokenizer.encode(text);
      expect(ids).toEqual(reference.encode(text).ids);
      if (text !== "")
        expect(tokenizer.decode(ids)).toBe(reference.decode(ids, { skip_special_tokens: true }));
    }
  });

  it.each<[what: string, json: Json, message: RegExp]>([
    ["another normalizer", like({ normalizer: { type: "NFKC" } }), /normalizer has .*NFKC/],
    ["only a space before", like({ normalizer: PREPEND }), /must replace spaces/],
    ["no word on spaces", like({ normalizer: null }), /neither a normalizer nor a Metaspace/],
    ["another way to cut", like({ pre_tokenizer: { type: "Digits" } }), /pre_tokenizer is .*Digits/],
    ["another decoder", like({ decoder: { type: "WordPiece" } }), /decoder has .*WordPiece/],
    ["no decoder", like({ decoder: null }), /must write spaces/],
    ["whole words first", like({}, MERGES, { ignore_merges: true }), /ignore_merges/],
    [
      "a byte that is special",
      like({ added_tokens: [...added_tokens, { id: 4, content: "<0x00>" }] }),
      /<0x00> is one of/,
    ],
    ["no end", like({ added_tokens: [] }), /ends a text/],
    [
      "a merge into nothing",
      like({}, [...MERGES].slice(1), { merges: [["e", "t"]] }),
      /needs the token "et"/,
    ],
  ])("refuses %s", (_, json, message) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({ code: "tokenizer-invalid", message: expect.stringMatching(message) }),
    );
  });
});
