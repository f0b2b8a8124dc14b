import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import type { BpeTokenizer } from "./bpe-tokenizer.ts";
import { byteCharacters, spell } from "./byte-alphabet.ts";
import { describeTokenizer } from "./tokenizer.contract.ts";
import { trainBpe } from "./train-bpe.ts";

const TEXT =
  "The parrot sat on the mat. The cat sat near the parrot, and they said that the weather wasn't theirs! " +
  "1234567 aaaa aaaaaaa  \n\n  wörld 👋👋 <eos>".repeat(3);

const trained = await trainBpe([TEXT], { vocabulary: 290 });
describeTokenizer("BpeTokenizer", trained, [
  TEXT,
  "",
  "Parrots, 👋!",
  "<eos><pad><user>",
  "\ufeff日本\u0000",
]);
const forChat = await trainBpe([TEXT], { vocabulary: 300, special: "chat" });
describeTokenizer("BpeTokenizer for conversations", forChat, [TEXT]);

const modelOf = (tokenizer: BpeTokenizer) =>
  tokenizer.toJson()["model"] as { vocab: Record<string, number>; merges: string[] };

/** The textbook's way: all pairs counted anew for each merge. */
function slowMerges(words: readonly string[], first: readonly string[], merges: number): string[] {
  const tokens = [...first];
  const split = words.map((word) => [...spell(new TextEncoder().encode(word))]);
  const found: string[] = [];
  while (found.length < merges) {
    const counts = new Map<string, number>();
    for (const word of split) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const idsOf = (pair: string): number[] => pair.split(" ").map((token) => tokens.indexOf(token));
    const [best] = [...counts].sort(([a, m], [b, n]) => {
      const [[aLeft = 0, aRight = 0], [bLeft = 0, bRight = 0]] = [idsOf(a), idsOf(b)];
      return n - m || aLeft - bLeft || aRight - bRight;
    });
    if (!best || best[1] < 2) break;
    found.push(best[0]);
    const merged = best[0].replace(" ", "");
    if (!tokens.includes(merged)) tokens.push(merged);
    for (const word of split) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (`${word[i]} ${word[i + 1]}` === best[0]) word.splice(i, 2, merged);
      }
    }
  }
  return found;
}

describe("trainBpe", () => {
  it("finds the merges that counting all pairs anew finds", async () => {
    const rng = new Rng(3);
    for (let round = 0; round < 5; round++) {
      const words = Array.from({ length: 60 }, () =>
        Array.from({ length: 1 + rng.below(12) }, () => "abé"[rng.below(3)]).join(""),
      );
      const { vocab, merges } = modelOf(await trainBpe([words.join("\n0")], { vocabulary: 259 + 40 }));
      const order = Object.entries(vocab).sort(([, a], [, b]) => a - b);
      const first = order.slice(0, 259).map(([token]) => token);
      expect(merges).toEqual(slowMerges(words, first, merges.length));
      expect(merges.length).toBeGreaterThan(25);
    }
  });

  it("counts special tokens and bytes, and ends early where the text has no more pairs", async () => {
    expect(trained.size).toBe(290);
    const short = await trainBpe(["abab\nabab"], { vocabulary: 1000, special: "chat" });
    expect(modelOf(short).merges).toEqual(["a b", "ab ab"]);
    expect(short.size).toBe(6 + 256 + 2);
    await expect(trainBpe([], { vocabulary: 100 })).rejects.toThrow(
      expect.objectContaining({
        code: "vocabulary-too-small",
        message: expect.stringContaining("259 or more"),
      }),
    );
  });

  it("gives the same for the same pieces of text, however they come", async () => {
    const pieces = TEXT.split(/(?= )/);
    async function* arriving(): AsyncGenerator<string> {
      yield* pieces;
    }
    const again = await trainBpe(arriving(), { vocabulary: 300 });
    expect(again.toJson()).toEqual((await trainBpe(pieces, { vocabulary: 300 })).toJson());
  });

  it("stops when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(trainBpe(["a"], { vocabulary: 300, signal })).rejects.toThrow("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("later")), 0);
    function* endless(): Generator<string> {
      for (;;) yield TEXT;
    }
    const endlessly = trainBpe(endless(), { vocabulary: 300, signal: controller.signal });
    await expect(endlessly).rejects.toThrow("later");
  });

  it("keeps the frequent words where there are too many", async () => {
    const rare = Array.from(
      { length: 2000 },
      (_, i) => ` ${i.toString(2).replace(/0/g, "x").replace(/1/g, "y")}`,
    );
    const texts = rare.map((word) => `${word} parrot`);
    const tokenizer = await trainBpe(texts, { vocabulary: 259 + 6, mostWords: 8 });
    expect(tokenizer.encode(" parrot").length).toBe(1);
  });

  it("merges by rank and then from the left, in short words and in long ones", () => {
    const { merges, vocab } = modelOf(trained);
    const ranks = new Map(merges.map((merge, rank) => [merge, rank]));
    const rng = new Rng(9);
    for (let round = 0; round < 200; round++) {
      const length = 1 + rng.below(120);
      const word = Array.from({ length }, () => "theaparot"[rng.below(9)]).join("");
      const tokens = [...word];
      for (;;) {
        const rankAt = (i: number): number =>
          ranks.get(`${tokens[i]} ${tokens[i + 1]}`) ?? Number.POSITIVE_INFINITY;
        const least = Math.min(...tokens.map((_, i) => rankAt(i)));
        if (!Number.isFinite(least)) break;
        const at = tokens.findIndex((_, i) => rankAt(i) === least);
        tokens.splice(at, 2, `${tokens[at]}${tokens[at + 1]}`);
      }
      expect(trained.encode(word)).toEqual(tokens.map((token) => vocab[token]));
    }
  });

  it("encodes a word of a megabyte in time that hardly exceeds its length", () => {
    const long = "parrot".repeat(170_000);
    const started = performance.now();
    const ids = trained.encodeToArray(long);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(trained.decode(ids) === long).toBe(true);
  });

  it("spells every byte differently", () => {
    expect(new Set(byteCharacters).size).toBe(256);
    expect(byteCharacters[0x20]).toBe("Ġ");
  });
});
