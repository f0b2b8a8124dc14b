import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../../text/index.ts";
import type { ReplyFormat } from "../generation-config.ts";
import { compileFormat } from "./compile-format.ts";
import { allows, walk } from "./walk.contract.ts";

const words =
  'the cat sat on a mat; {"name": "Pip", "age": 12, "tags": ["red", "blue"], "ok": true, "none": null} café 😀 naïve\n'.repeat(
    8,
  );
const ascii = Array.from({ length: 95 }, (_, place) => String.fromCharCode(32 + place)).join("");
const tokenizers: readonly Tokenizer[] = [
  CharacterTokenizer.fit([`${ascii}\né😀`], { special: "chat", unknown: true }),
  new ByteTokenizer("chat"),
  await trainBpe([words], { vocabulary: 400, special: "chat" }),
];

const regex = (pattern: string): ReplyFormat => ({ type: "regex", pattern });
const refusal = (format: ReplyFormat, tokenizer: Tokenizer = new ByteTokenizer()): string => {
  try {
    compileFormat(format, tokenizer);
  } catch (error) {
    expect(error).toMatchObject({ code: "generation-config" });
    return (error as Error).message;
  }
  return "nothing";
};

describe.each(tokenizers)("with a $kind tokenizer", (tokenizer) => {
  it.each([
    "yes|no|maybe",
    "^(?:[A-Z][a-z]{2,5} ){1,3}[^\\d\\s]?$",
    "\\d{4}-\\d\\d-\\d\\d(T\\d+:\\d+)?",
    "(a|aa){2,30}b*?",
    "((a?b?){3}c?)+[\\-x]",
    "[\\u0041-\\x5a\\u{1F600}]+\\.\\w\\W\\s?\\S",
    ".{0,9}é",
    "(?<word>[a-z]+)(, [a-z]+){3,}\\u00e9",
    "",
    "x(?:)*y|(()|z)+",
  ])("makes texts that match /%s/", (pattern) => {
    const whole = new RegExp(`^(?:${pattern})$`, "u");
    for (let seed = 0; seed < 20; seed++) {
      const text = walk(regex(pattern), tokenizer, { seed, most: 40 + seed });
      expect(text).toMatch(whole);
      expect(allows(regex(pattern), tokenizer, text ?? "")).toBe(true);
    }
  });

  it("makes JSON objects", () => {
    for (let seed = 0; seed < 60; seed++)
      expect(JSON.parse(walk({ type: "json" }, tokenizer, { seed }) ?? "cut")).toBeTypeOf("object");
  });

  it("allows any JSON object, as JSON.stringify writes it", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        fc.constantFrom(null, true, false, 0, -0.5, 1e21, 1.5e-7, "café 😀", '"\\/\b\n\u0001'),
        fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e300, max: 1e300 }),
        fc.string(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    const property = fc.property(fc.dictionary(fc.string(), value, { maxKeys: 3 }), (object) => {
      const text = JSON.stringify(object);
      expect([text, allows({ type: "json" }, tokenizer, text)]).toEqual([text, true]);
      expect(allows({ type: "json" }, tokenizer, text.slice(0, -1))).toBe(false);
    });
    fc.assert(property, { numRuns: 100, seed: 1 });
  });
});

describe("compileFormat", () => {
  it.each([
    ["a(?=b)", "looking ahead or behind"],
    ["(?<!a)b", "looking ahead or behind"],
    ["(a)\\1", "referring back"],
    ["a\\bb", "boundary"],
    ["a^b", "ends of the pattern"],
    ["(a", "without its )"],
    ["a)", "without its ("],
    ["[a", "without its ]"],
    ["*a", "nothing to repeat"],
    ["a{2,1}", "wrong order"],
    ["[b-a]", "wrong order"],
    ["\\p{L}", "\\p"],
    ["a**", "put it into a group"],
    ["[]", "matches no text"],
    ["(?i:a)", "kind of group"],
    ["a\\", "ends too early"],
  ])("refuses /%s/, saying why", (pattern, why) => {
    expect(refusal(regex(pattern))).toContain(why);
  });

  it("names the characters that a vocabulary lacks", () => {
    const letters = CharacterTokenizer.fit(['abc:,"1 }'], { special: "chat" });
    expect(refusal({ type: "json" }, letters)).toContain('"{"');
    expect(refusal(regex("a+|b")), "letters").toBe("nothing");
    expect(refusal(regex("[xyz]a"), letters)).toContain('"x"');
    for (let seed = 0; seed < 20; seed++)
      expect(walk(regex("[a-z]{3}|xyz"), letters, { seed })).toMatch(/^[abc]{3}$/);
  });

  it("comes to an end with the tokens that there are, where the shortest text fits", () => {
    const tokenizer = new ByteTokenizer();
    const format = regex("ab{3,}(c|dddddddd)e*");
    const lengths = (most: number) =>
      Array.from({ length: 40 }, (_, seed) => walk(format, tokenizer, { seed, most })?.length);
    expect(new Set(lengths(6))).toEqual(new Set([5]));
    expect(Math.max(...lengths(12).map(Number))).toBe(11);
    expect(lengths(12)).not.toContain(undefined);
    // Five tokens are too few with the end: nothing is hurried then.
    expect(lengths(4)).toEqual(lengths(4).map(() => undefined));
  });

  it("leaves every token after another text has used the same format", () => {
    const tokenizer = new ByteTokenizer();
    const format = regex("[a-y]{1,9}z");
    const before = walk(format, tokenizer, { seed: 4 });
    for (let seed = 0; seed < 30; seed++) walk(format, tokenizer, { seed, most: 3 + (seed % 9) });
    expect(walk(format, tokenizer, { seed: 4 })).toBe(before);
  });

  it("goes on where so much was remembered that it is forgotten", () => {
    const tokenizer = new ByteTokenizer();
    const format = regex("(a{1,6000}b){2}");
    const constraint = compileFormat(format, tokenizer)();
    const other = compileFormat(format, tokenizer)();
    const [a] = tokenizer.encode("a");
    const logits = new Float32Array(tokenizer.size);
    for (let i = 0; i < 6000; i++) {
      constraint.mask(logits.fill(0));
      constraint.accept(a ?? 0);
      if (i % 500 === 0) other.accept(a ?? 0);
    }
    const possible = (each: typeof constraint): string => {
      each.mask(logits.fill(0));
      return tokenizer.decode([...logits.keys()].filter((token) => logits[token] === 0));
    };
    expect([possible(constraint), possible(other)]).toEqual(["b", "ab"]);
  });

  it.each([
    ["(((((a*)*)*)*)*)*b"],
    ["((a{0,1000}){0,1000}){0,1000}"],
    ["(a|a|aa|aaa){1,99999}(a|b){1,99999}"],
    ["(.*.*.*.*.*.*.*.*)*x"],
    [`${"(".repeat(101)}a${")".repeat(101)}`],
    [`${"(a?".repeat(90)}${"){2}".repeat(90)}`],
    ["([a-z]*[0-9a-z]{0,9}){1,99}".repeat(100)],
  ])("is soon done with /%s/", (pattern) => {
    const start = performance.now();
    refusal(regex(pattern));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
