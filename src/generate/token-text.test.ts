import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../text/index.ts";
import { TokenText } from "./token-text.ts";

const sample = "aab aba € é😀 b ba aaa €€ ab é 😀😁 abab";

const trained = await trainBpe([sample, sample, sample], {
  vocabulary: 290,
  special: "text",
  minimumCount: 2,
});

/** Where the stop sequence begins that is whole first, the longest of several, letter by letter. */
function cut(text: string, stops: readonly string[]): string | undefined {
  for (let end = 1; end <= text.length; end++) {
    const found = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    if (found.length > 0) return text.slice(0, end - Math.max(...found.map(({ length }) => length)));
  }
  return undefined;
}

describe.each<[string, Tokenizer]>([
  ["characters", CharacterTokenizer.fit([sample], { special: "text" })],
  ["bytes", new ByteTokenizer()],
  ["BPE", trained],
])("tokens of %s as text", (_, tokenizer) => {
  const pieces = ["a", "b", "ab", " ", "é", "€", "😀", "😁"];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((list) => list.join(""));
  const stops = fc.array(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((list) => list.join("")),
    { maxLength: 4 },
  );
  /** Tokens as text makes them, and any others: parts of characters, special ones. */
  const streams = fc.oneof(
    texts.map((text) => tokenizer.encode(text)),
    fc.array(fc.nat(tokenizer.size - 1), { maxLength: 30 }),
    fc
      .tuple(texts, fc.array(fc.nat(tokenizer.size - 1), { maxLength: 3 }), texts)
      .map(([a, between, b]) => [...tokenizer.encode(a), ...between, ...tokenizer.encode(b)]),
  );

  it("is all of the text up to the first stop, and tells each of its tokens once", () => {
    fc.assert(
      fc.property(streams, stops, (tokens, stopSequences) => {
        const whole = tokenizer.decode(tokens);
        const expected = cut(whole, stopSequences);
        const stream = new TokenText(tokenizer, { stopSequences });
        let [text, told, pushed] = ["", 0, 0];
        const deltas = [...tokens.map((token) => () => stream.push(token)), () => stream.flush()];
        for (const [index, next] of deltas.entries()) {
          const delta = next();
          pushed = Math.min(index + 1, tokens.length);
          text += delta.text;
          told += delta.tokens;
          expect(told).toBeLessThanOrEqual(pushed);
          // Never more than what is certain, and never half of a character.
          expect((expected ?? whole).startsWith(text)).toBe(true);
          expect(delta.text).not.toMatch(/[\ud800-\udbff]$|^[\udc00-\udfff]/);
          // Tokens are told no sooner than their text; of broken UTF-8 nobody can say whose text it is.
          if (expected === undefined && !whole.includes("\ufffd"))
            expect(text.startsWith(tokenizer.decode(tokens.slice(0, told)))).toBe(true);
        }
        // All of the text has its tokens.
        expect(tokenizer.decode(tokens.slice(0, told)).startsWith(text)).toBe(true);
        expect(text).toBe(expected ?? whole);
        expect(stream.stopped).toBe(expected !== undefined);
        if (expected === undefined) expect(told).toBe(tokens.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a token is told with its text", () => {
  const bytes = new ByteTokenizer();
  const through = (stopSequences: string[], text: string): [string, number][] => {
    const stream = new TokenText(bytes, { stopSequences });
    const deltas = bytes.encode(text).map((token) => stream.push(token));
    return [...deltas, stream.flush()].map(({ text: made, tokens }) => [made, tokens]);
  };

  it("all of a character with its last", () => {
    expect(through([], "a€b")).toEqual([
      ["a", 1],
      ["", 0],
      ["", 0],
      ["€", 3],
      ["b", 1],
      ["", 0],
    ]);
  });

  it("those kept back for a stop sequence when that is none, or never", () => {
    expect(through(["€!"], "€€!x")).toEqual([
      ["", 0],
      ["", 0],
      ["", 0],
      ["", 0],
      ["", 0],
      ["€", 3],
      ["", 0],
      ["", 0],
      ["", 0],
    ]);
  });

  it("one that a stop sequence begins within", () => {
    const stream = new TokenText(trained, { stopSequences: ["b a"] });
    const deltas = trained.encode("aab aba").map((token) => stream.push(token));
    expect(deltas.map(({ text }) => text).join("")).toBe("aa");
    expect(deltas.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThan(0);
  });

  it("special tokens by their names, where it shall", () => {
    const { eos } = bytes.special;
    const stream = new TokenText(bytes, { stopSequences: [], showSpecial: true });
    const [first = 0] = bytes.encode("é");
    expect([stream.push(first), stream.push(eos)]).toEqual([
      { text: "", tokens: 0 },
      { text: "\ufffd<eos>", tokens: 2 },
    ]);
    const silent = new TokenText(bytes, { stopSequences: [] });
    expect(silent.push(eos)).toEqual({ text: "", tokens: 1 });
  });
});
