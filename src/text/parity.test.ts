import { existsSync, readFileSync } from "node:fs";
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharacterTokenizer } from "./character-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { trainBpe } from "./train-bpe.ts";

const TEXTS = [
  "The parrot's cage wasn't locked; they'll say it's OURS'LL, I'D, 'tis, we've, you're, I'm, 's",
  "Zahlen: 1 12 123 1234 12345 1234567890, 3.14159, 1,000,000, ١٢٣٤٥, Ⅷ, ½, ²",
  "  two  three   four    tabs\t\ttab\n\nlines\r\n\r\n  \n \n end   ",
  "\n\n\n   x\n\t\ty  \n",
  "\u00a0no\u00a0break \u2003em\u2003 \u3000wide\u3000 \u0085next line\u2028sep \ufeffmark \u200bzero",
  "Grüße, naïve façade, Ærø, İstanbul ıssız, ǅ, ﬁne",
  "Привет, мир! Γειά σου Κόσμε. שלום עולם. مرحبا بالعالم. नमस्ते दुनिया। สวัสดีชาวโลก 안녕, 세상! こんにちは、世界。你好，世界！",
  "e\u0301 a\u0308\u0323 क्षि ก็ 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 ❤️ 𝕳𝖊𝖑𝖑𝖔 𐍈 🤷🏿‍♀️",
  "function f(x: number[]) {\n  return x.map((y) => y ** 2 + 0x1F); // comment\n}\n\n\tif (a != b && !c) { d += `e$f` }",
  '{"key": [1, 2.5e-3, null], "nested": {"a": "b\\n"}}\n<p class="x">&amp;</p> https://example.org/a?b=c#d',
  "!!! ??? ... --- === ~~~ $$$ @@@ ((()))[[]]{{}} a!b?c.d -e _f _ _",
  "",
  " ",
  "\n",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/** A folder with public data: `PARROTLET_TEST_DATA`. */
const DATA = process.env["PARROTLET_TEST_DATA"] ?? "absent";
const corpora = ["tinyshakespeare/input.txt", "chatterbot-corpus/humor.yml", "official-joke-api/index.json"]
  .map((path) => `${DATA}/${path}`)
  .filter((file) => existsSync(file))
  .map((file) => readFileSync(file, "utf8").slice(0, 200_000));

/** The tokenizers of each kind, for a set of texts. */
const made = async (texts: readonly string[], vocabulary: number): Promise<[string, Tokenizer][]> => [
  ["characters", CharacterTokenizer.fit(texts)],
  ["characters, some unknown", CharacterTokenizer.fit(texts.slice(2), { special: "text", unknown: true })],
  ["bytes", new ByteTokenizer()],
  ["BPE", await trainBpe(texts, { vocabulary })],
  ["BPE for conversations", await trainBpe(texts.slice(2), { vocabulary: 400, special: "chat" })],
];

function expectParity(tokenizer: Tokenizer, texts: readonly string[]): void {
  const { unk } = tokenizer.special;
  const reference = new Reference(JSON.parse(JSON.stringify(tokenizer.toJson())), {
    clean_up_tokenization_spaces: false,
    ...(unk === undefined ? {} : { unk_token: tokenizer.show(unk) }),
  });
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    expect(reference.encode(text).ids).toEqual(ids);
    if (text !== "" && !ids.includes(unk ?? -1))
      expect(reference.decode(ids, { skip_special_tokens: true })).toBe(text);
  }
}

describe("beside the tokenizers of Hugging Face", async () => {
  it.each(await made(TEXTS, 700))("%s give the same ids for texts of all kinds", (_, tokenizer) => {
    expectParity(tokenizer, TEXTS);
  });
});

describe.skipIf(corpora.length === 0)("beside the tokenizers of Hugging Face, on corpora", async () => {
  it.each(await made(corpora, 1500))("%s give the same ids", (_, tokenizer) => {
    expectParity(tokenizer, corpora);
  });
});
