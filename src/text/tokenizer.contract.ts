import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { tokenizerFromJson } from "./read-tokenizer.ts";
import { SPECIAL_SETS, specialSetOf } from "./special-tokens.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * What every `Tokenizer` promises. Each implementation's test file calls this once, with texts that it knows.
 *
 * @param prefix What it puts before every text but an empty one, and `decode` takes away: the tokens of SentencePiece begin with a space.
 */
export function describeTokenizer(
  name: string,
  tokenizer: Tokenizer,
  texts: readonly string[],
  prefix = "",
): void {
  const prefixed = (text: string): string => (text === "" ? "" : prefix + text);
  /** A text that the tokenizer may not know. */
  const encodeKnown = (text: string): number[] => {
    try {
      return tokenizer.encode(text);
    } catch {
      return [];
    }
  };
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
      const { pad, bos, eos } = tokenizer.special;
      const names = SPECIAL_SETS[specialSetOf(tokenizer.special)];
      expect(names.map((_, id) => tokenizer.show(id))).toEqual(names);
      expect([pad, bos, eos].map((id) => tokenizer.show(id))).toEqual(["<pad>", "<bos>", "<eos>"]);
      const used = new Set([...texts, names.join("")].flatMap((text) => encodeKnown(text)));
      for (const id of names.keys()) expect(used.has(id)).toBe(false);
      expect(tokenizer.decode([bos, ...tokenizer.encode(texts[0] ?? ""), eos, pad])).toBe(texts[0]);
    });

    it("gives the same ids in bulk", () => {
      for (const text of texts) {
        const ids = tokenizer.encodeToArray(text);
        expect(Array.from(ids)).toEqual(tokenizer.encode(text));
        tokenizer.encodeToArray(texts.join(""));
        expect(Array.from(ids)).toEqual(tokenizer.encode(text));
      }
    });

    it("gives a text as it comes, one token at a time", () => {
      for (const text of texts) {
        const stream = tokenizer.decodeStream();
        const pieces = tokenizer.encode(text).map((id) => stream.push(id));
        expect(pieces.join("")).not.toContain("\ufffd");
        expect(pieces.join("") + stream.flush()).toBe(prefixed(text));
      }
    });

    it("knows the bytes of every token", () => {
      for (const text of texts) {
        const ids = tokenizer.encode(text);
        const bytes = encodeText(prefixed(text));
        expect(tokenizer.bytesOf(ids)).toEqual(bytes);
        expect(tokenizer.countBytes(ids)).toBe(bytes.length);
        expect(ids.reduce((sum, id) => sum + tokenizer.byteLength(id), 0)).toBe(bytes.length);
      }
      for (const id of [tokenizer.special.bos, -1, tokenizer.size]) expect(tokenizer.byteLength(id)).toBe(0);
    });

    it("comes back from its tokenizer.json", () => {
      const again = tokenizerFromJson(JSON.parse(JSON.stringify(tokenizer.toJson())), "tokenizer.json");
      expect([again.kind, again.size, again.special]).toEqual([
        tokenizer.kind,
        tokenizer.size,
        tokenizer.special,
      ]);
      for (const text of texts) expect(again.encode(text)).toEqual(tokenizer.encode(text));
      expect(JSON.stringify(again.toJson())).toBe(JSON.stringify(tokenizer.toJson()));
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
