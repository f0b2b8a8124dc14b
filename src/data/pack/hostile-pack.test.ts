import { describe, expect, it } from "vitest";
import { makeExam } from "./make-exam.ts";
import { type CorpusKind, type MadeItem, makeItems } from "./make-items.ts";
import { type Pack, readPack } from "./pack.ts";
import { sentencesOf } from "./words.ts";

/** A pack of one file of patterns beside a world of two animals. */
const packOf = (patterns: string, other: Readonly<Record<string, string>> = {}): Pack =>
  readPack(
    new Map(
      Object.entries({
        "pip.yaml": "me: { name: Pip, likes: [rain], dreams: [] }",
        "world/animals.yaml":
          "animals: [{ name: ant, color: red, can: [] }, { name: cat, color: gray, can: [run] }]\nnone: []",
        "patterns/x.yaml": patterns,
        ...other,
      }),
    ),
    "pip",
  );
const made = (pack: Pack, kind: CorpusKind, bytes = 2000): readonly MadeItem[] => [
  ...makeItems(pack, { bytes, seed: 1, kinds: [kind] }),
];
const texts = (items: readonly MadeItem[]): readonly string[] =>
  items.flatMap(({ item }) => (item.kind === "text" ? [item.text] : item.messages.map(({ text }) => text)));
const ASKED = "asks: [What?], answers: [That.]";

describe("a pack that a stranger wrote may not take for ever", () => {
  it("with ranges, conditions that nothing fulfils, and nothing to say", () => {
    const all = "let: { x: 0..9999, y: 0..9999 }";
    const block = (where: string): string =>
      `- { skill: a, ${all}, where: [${where}], says: ["{x} and {y}."] }\n- { skill: b, says: [Hi.] }`;
    expect(() => packOf(block("y > 99999"))).toThrow("line 1: no fact fulfils this");
    const rare = texts(made(packOf(block("x = y")), "sentences"));
    expect(rare.some((text) => /^(\S+) and \1\./i.test(text))).toBe(true);
    expect(rare).toContain("Hi.");
    expect(made(packOf('- { skill: a, says: ["[|]"] }'), "sentences")).toEqual([]);
    const story = `- { story: s, ${all}, where: [y > 99999], parts: [[Hi.]] }`;
    expect(made(packOf("", { "stories/s.yaml": story }), "stories")).toEqual([]);
  });

  it.each<[string, string, Record<string, string>?]>([
    ["than 40 deep in each", "- ".repeat(50_000)],
    ["40 deep in each other", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["3000 blocks", `- { skill: a, ${ASKED} }\n`.repeat(3001)],
    ["5000", `- { skill: a, says: ["${"x".repeat(5001)}"] }`],
    [
      "20 is the most",
      `- { skill: a, let: { ${Array.from({ length: 21 }, (_, i) => `x${i}: [a]`)} }, ${ASKED} }`,
    ],
    ["1000 is the most", `- { skill: a, let: { x: "${"a with ".repeat(200)}" }, ${ASKED} }`],
    [
      "more than 1000 characters",
      `- { skill: a, let: { x: animals }, where: ["a${" ".repeat(1000)}b"], ${ASKED} }`,
    ],
    [
      "has no end",
      '- { skill: a, says: ["{p30}"] }',
      {
        "manners.yaml": `phrases: { p0: [ha], ${Array.from({ length: 30 }, (_, i) => `p${i + 1}: ["{p${i}}{p${i}}"]`)} }`,
      },
    ],
    [
      "more than 40 deep",
      '- { skill: a, says: ["{p900}"] }',
      {
        "manners.yaml": `phrases: { p0: [ha], ${Array.from({ length: 900 }, (_, i) => `p${i + 1}: ["{p${i}}"]`)} }`,
      },
    ],
    ["would have no end", "", { "stories/s.yaml": '- { story: s, parts: [["{story}"]] }' }],
  ])("and is refused with a place: %s", (what, patterns, other) => {
    const started = performance.now();
    const error = (() => {
      try {
        return String(packOf(patterns, other));
      } catch (problem) {
        return problem;
      }
    })();
    expect(error).toMatchObject({
      code: "pack-invalid",
      message: expect.stringMatching(/\.yaml, line \d+: /),
    });
    expect(String(error)).toContain(what);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("with right answers that go together in endless ways", () => {
    const choice = "[a|b|c|d|e|f|g|h|i|j]";
    const pack = packOf(
      `- { skill: a, ${ASKED.replace("}", "")}, right: [["${Array(30).fill(choice).join('", "')}"]] }`,
    );
    expect(() => makeExam(pack)).toThrow(/go together in more than 1000 ways/);
  });

  it("with a story that has no marks", () => {
    expect(sentencesOf("and so on ".repeat(20_000))).toBe(0);
    expect(sentencesOf("A. B! ... C")).toBe(2);
  });
});

describe("a pack that says what cannot be said", () => {
  it("has no undefined in its text where a list is empty", () => {
    const pack = packOf(
      '- { skill: a, let: { x: animals }, says: ["{x} can {x.can}.", "{x} is {x.color}."] }\n' +
        '- { skill: b, says: ["I dream of {me.dreams}.", "I see {none}.", "I am {me.name}."] }',
    );
    const all = new Set(texts(made(pack, "sentences")).flatMap((text) => text.split(/(?<=\.) /)));
    expect(all).toEqual(new Set(["Cat can run.", "Cat is gray.", "I am Pip."]));
  });

  it("is silent where no question or nothing to be asked later is left, and still states facts", () => {
    const pack = packOf(
      `- { skill: a, says: [Hi.], asks: ["Who is {me.friend}?"], answers: [Nobody.], right: [nobody] }\n` +
        `- { skill: b, says: [Ho.], ${ASKED}, later: { asks: ["Who is {me.friend}?"], answers: [Bo.], right: [bo] } }\n` +
        `- { skill: c, mess: false, asks: [Really?], answers: ["Yes."] }`,
    );
    expect(new Set(texts(made(pack, "conversations")))).toEqual(new Set(["Really?", "Yes."]));
    expect(new Set(texts(made(pack, "sentences")))).toEqual(new Set(["Hi.", "Ho."]));
    expect(makeExam(pack)).toEqual([]);
  });

  it("leaves out stories whose friends lack what they tell of", () => {
    const story =
      '- { story: s, let: { x: animals }, parts: [["{x} can {x.can}."], ["{me.name} saw {me.friend}.", "{me.name} saw it."]] }';
    const told = made(packOf("", { "stories/s.yaml": story }), "stories", 200);
    expect(new Set(texts(told))).toEqual(new Set(["Cat can run. Pip saw it."]));
  });

  it("has conditions of the character alone, without variables", () => {
    const block = (where: string): string => `- { skill: a, where: ["${where}"], says: [Hi.] }`;
    expect(packOf(block("me.likes has rain")).blocks).toHaveLength(1);
    expect(packOf(block("me.likes has snow")).blocks).toHaveLength(0);
  });

  it.each([
    ["- { skill: a, says: ['{constructor x}'], let: { x: animals } }", 'begins with "constructor"'],
    [`- { skill: a, ${ASKED}, right: [a], sentences: many }`, "sentences: is a whole number"],
    [`- { skill: a, ${ASKED}, outside: "yes" }`, 'outside: is true or false, not "yes"'],
    [
      "- { skill: color, says: [a] }\n- { skill: b, borrow: colour, answers: [a] }",
      'line 2: no block has the skill "colour". Did you mean color?',
    ],
    [`- { skill: a, ${ASKED}, unless: b }`, 'no block has the skill "b"'],
    ["- { skill: a, let: { a: 0..9, c: '= a + d' }, says: ['{c}'] }", 'nothing is called "d"'],
    ['- { skill: "a\\e[2J", says: [a] }', "skill: must be a text of one line"],
    ["- { skill: a, says: ['{lost}'] }", 'names "nobody"'],
  ])("is told where: %s", (patterns, message) => {
    const manners = 'phrases: { lost: ["I am {nobody}."] }';
    expect(() => packOf(patterns, { "manners.yaml": manners })).toThrow(message);
  });

  it("is told the line of a character's own block, and of a phrase", () => {
    const own = "me: { name: Pip }\nblocks:\n- { skill: a, says: [Hi.] }\n- { skill: b, says: ['{y}'] }";
    expect(() => packOf("", { "pip.yaml": own })).toThrow("pip.yaml, line 4: the pattern");
    const manners = "phrases:\n  a: [Hi]\n  b: ['[']";
    expect(() => packOf("- { skill: a, says: ['{b}'] }", { "manners.yaml": manners })).toThrow(
      "manners.yaml, line 3: ",
    );
  });

  it("may write short what has an apostrophe, and not what is nothing", () => {
    const of = (short: string): Pack =>
      packOf("- { skill: a, asks: [What's that?], answers: [That.] }", {
        "manners.yaml": `mess: { short: 1 }\nshort: ${short}`,
      });
    expect(texts(made(of(`{ "what's": wots }`), "questions")).join()).toMatch(/wots that/i);
    expect(() => of('{ "": x }')).toThrow(/manners.yaml, line 2: .*has no short form/);
    expect(() => of("[a]")).toThrow(/this must be a map/);
  });
});
