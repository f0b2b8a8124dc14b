import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { convertPattern } from "./split-pattern.ts";
import { GPT4_PATTERN, splitWords } from "./split-words.ts";
import { refusing } from "./tokenizer-file.ts";

const wordsOf = (text: string): string[] => {
  const words: string[] = [];
  splitWords(text, (from, to) => words.push(text.slice(from, to)));
  return words;
};

describe("splitWords", () => {
  // What Hugging Face's own program makes of these, with the pattern as it stands in files.
  it.each<[text: string, words: readonly string[]]>([
    ["it's WE'LL she'd 'tis I'Ve", ["it", "'s", " WE", "'LL", " she", "'d", " '", "tis", " I", "'Ve"]],
    ["it'ſ", ["it", "'ſ"]],
    ["1234567 ١٢٣٤ Ⅷ½", ["123", "456", "7", " ", "١٢٣", "٤", " ", "Ⅷ½"]],
    ["x\n \n  y  \r\n\r\nz   ", ["x", "\n \n", " ", " y", "  \r\n\r\n", "z", "   "]],
    ["a\u0085\u0085b \ufeffx", ["a", "\u0085", "\u0085b", " \ufeff", "x"]],
    ["c \u200b y \u00a0z", ["c", " \u200b", " y", " ", "\u00a0z"]],
    ["\u001c\u001da \u000b\u000cb", ["\u001c\u001d", "a", " \u000b", "\u000cb"]],
    ["  \u3000日本 e\u0301 नमस्ते", ["  ", "\u3000日本", " e", "\u0301", " नमस", "्त", "े"]],
    [
      "if (x >= 10) {\n\treturn;\n}\n",
      ["if", " (", "x", " >=", " ", "10", ")", " {\n", "\treturn", ";\n", "}\n"],
    ],
    ["👋🏽 hi 👨‍👩‍👧", ["👋🏽", " hi", " 👨‍👩‍👧"]],
  ])("cuts %j", (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it("cuts random text as the pattern does", () => {
    const pattern = convertPattern(GPT4_PATTERN, refusing("x"));
    const characters = [
      ..."aZé日𝐀sSſtdlLvVeErRmMkK''''  \t\n\r\u0085\u00a0\ufeff\u3000\u180e19٣½𝟗.,!_-👋\u0301\u{e0001}",
      "\ud800",
      "\udc00",
    ];
    const rng = new Rng(1);
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: rng.below(12) }, () => characters[rng.below(characters.length)]).join(
        "",
      );
      expect(wordsOf(text)).toEqual(text.match(pattern) ?? []);
    }
  });
});
