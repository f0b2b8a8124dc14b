import { describe, expect, it } from "vitest";
import type { Tokenizer } from "./tokenizer.ts";

/** What every `Tokenizer` promises. Each implementation's test file calls this once, with texts that it knows. */
export function describeTokenizer(name: string, tokenizer: Tokenizer, texts: readonly string[]): void {
  describe(`${name} as a Tokenizer`, () => {
    it("gives every text back", () => {
      for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    });

    it("stays below its size", () => {
      for (const id of texts.flatMap((text) => tokenizer.encode(text))) {
        expect(Number.isInteger(id) && id >= 0 && id < tokenizer.size).toBe(true);
      }
    });

    it("has special tokens of its own, which no text makes and decoding leaves out", () => {
      const { pad, bos, sep, eos } = tokenizer.special;
      expect(new Set([pad, bos, sep, eos]).size).toBe(4);
      const used = new Set(texts.flatMap((text) => tokenizer.encode(text)));
      for (const id of [pad, bos, sep, eos]) expect(used.has(id)).toBe(false);
      expect(tokenizer.decode([bos, ...tokenizer.encode(texts[0] ?? ""), eos, pad])).toBe(texts[0]);
    });

    it("encodes to a tokenizer.json with a vocabulary of its size", () => {
      const { model } = JSON.parse(JSON.stringify(tokenizer.toJson())) as {
        model: { vocab: Record<string, number> };
      };
      expect(Object.values(model.vocab).sort((a, b) => a - b)).toEqual(
        Array.from({ length: tokenizer.size }, (_, id) => id),
      );
    });
  });
}
