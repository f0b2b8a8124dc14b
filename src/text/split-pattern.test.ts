import { describe, expect, it } from "vitest";
import { convertPattern } from "./split-pattern.ts";
import { refusing } from "./tokenizer-file.ts";

const matches = (pattern: string, text: string): string[] => [
  ...(text.match(convertPattern(pattern, refusing("t.json"))) ?? []),
];

describe("convertPattern", () => {
  it.each<[pattern: string, text: string, found: readonly string[]]>([
    ["a(?i:b|'s)c", "abc aBc a'Sc a'ſc aB", ["abc", "aBc", "a'Sc", "a'ſc"]],
    ["(?i:[sdmt]|ll)x?", "LLx S ſ", ["LLx", "S", "ſ"]],
    ["a++b|a", "aaa", ["a", "a", "a"]],
    ["[ab]?+b", "bb b", ["bb"]],
    ["\\s+(?!\\S)|\\s", "a\u0085\u0085\ufeffb  c", ["\u0085\u0085".slice(0, 1), "\u0085", " ", " "]],
    ["\\d{2,3}?", "1234٣", ["12", "34"]],
    ["[^\\r\\n\\p{L}\\-\\]]+", "a1-2]3\n4", ["1", "2", "3", "4"]],
    ["[a-c\\x41-\\x{43}é-]+", "aAdD-éC", ["aA", "-éC"]],
    ["\\p{Han}+|\\P{L}", "日本a!", ["日本", "!"]],
    ["b(?!c)|x(?=y)", "b bc xy xz", ["b", "x"]],
    ["\\.\\*|.", ".*\na", [".*", "a"]],
  ])("%s finds in %j", (pattern, text, found) => {
    expect(matches(pattern, text)).toEqual(found);
  });

  it.each([
    ...[
      "a)",
      "(a",
      "[a",
      "a**",
      "{2}",
      "a{2}{3}",
      "a{2}+",
      "^a",
      "a$",
      "(?<n>a)",
      "(?>a)",
      "\\ba",
      "\\p{Nope}",
    ],
    ...["[[a]]", "[a&&b]", "[z-a]", "(?i:[a-z])", "\\x", "\\x{110000}", "(?i)a", "\\", "a(?:b+)*", "(?=a)*"],
  ])("refuses %s", (pattern) => {
    expect(() => matches(pattern, "")).toThrow(expect.objectContaining({ code: "tokenizer-invalid" }));
  });
});
