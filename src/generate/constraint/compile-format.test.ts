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
    let ended = 0;
    for (let seed = 0; seed < 20; seed++) {
      const made = walk(regex(pattern), tokenizer, seed);
      if (!made.ended) continue;
      ended++;
      expect(made.text).toMatch(whole);
      expect(allows(regex(pattern), tokenizer, made.text)).toBe(true);
    }
    expect(ended).toBeGreaterThan(5);
  });

  it("makes JSON objects", () => {
    let ended = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { text, ended: whole } = walk({ type: "json" }, tokenizer, seed, 300);
      if (!whole) continue;
      ended++;
      expect(JSON.parse(text)).toBeTypeOf("object");
    }
    expect(ended).toBeGreaterThan(20);
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
      expect(walk(regex("[a-z]{3}|xyz"), letters, seed).text).toMatch(/^[abc]{3}$/);
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
