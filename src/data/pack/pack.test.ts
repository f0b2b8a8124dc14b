import { describe, expect, it } from "vitest";
import type { ExamCase } from "./exam-case.ts";
import { makeExam } from "./make-exam.ts";
import { type MadeItem, makeItems } from "./make-items.ts";
import { readPack } from "./pack.ts";
import { wordsOf } from "./words.ts";

const world = {
  "pip.yaml": `
me: { name: Pip, article: none, kind: parrot, likes: [rain, milk] }
add: { animals: [{ name: newt, color: brown, size: 2 }] }
`,
  "world/animals.yaml": `
colors: [red, brown, gray, green]
animals:
${[
  "ant red 1",
  "cat gray 4",
  "dog brown 5",
  "frog green 2",
  "horse brown 8",
  "mouse gray 2",
  "owl brown 3",
  "toad green 2",
]
  .map((line) => line.split(" "))
  .map(([name, color, size]) => `- { name: ${name}, color: ${color}, size: ${size} }`)
  .join("\n")}
- { name: ghost }
names: [Ada, Ben, Cleo, Dan, Eva, Finn, Gia, Hal, Ida, Jon]
strange: [rocket, castle, pirate, laser, robot, drum, kite, tank]
`,
  "manners.yaml": `
split: 1
refusals: { answers: ["I do not know that yet."], marks: [do not know] }
before: ["tell me, "]
short: { what is: what's }
phrases: { hello: ["Hello!", "Hi!"] }
`,
  "patterns/color.yaml": `
- skill: color
  let: { x: animals with color, size }
  says: ["{a x} is {x.color}."]
  asks: ["What color is {a x}?", "Which color does {a x} have?", "{a x} has what color?", "Tell me the color of {a x}.", "What is the color of {a x}?", "The color of {a x}?"]
  answers: ["{a x} is {x.color}."]
  right: ["{x.color}"]
  wrong: colors
- skill: bigger
  let: { x: animals, y: animals }
  where: [x.size > y.size]
  asks: ["Is {a x} bigger than {a y}?", "Is {a y} smaller than {a x}?"]
  answers: ["Yes, {a x} is bigger."]
  right: [yes]
- skill: name
  let: { name: names }
  asks: ["My name is {name}.", "I am {name}."]
  answers: ["Hello, {name}!"]
  later:
    asks: ["What is my name?", "Who am I?", "Say my name.", "Do you know my name?", "My name is what?", "Tell me my name."]
    answers: ["You are {name}."]
    right: ["{name}"]
    wrong: names
- { skill: name, unless: name, asks: ["What is my name?", "Who am I?"], answers: [You have not told me.], right: [not told] }
- { skill: strange, outside: true, let: { x: strange }, borrow: [color] }
- { skill: hobby, let: { x: me.hobbies }, asks: ["Do you like to {x}?"], answers: ["Yes."], right: ["yes"] }
- { skill: hello, place: start, asks: ["{hello}", "{hello} {me.name}"], answers: ["{hello}"], right: [hello, hi] }
- { skill: taste, let: { x: me.likes }, asks: ["Do you like {x}?", "What is {me.song}?"], answers: ["Yes, I like {x}."], right: ["yes"] }
`,
  "stories/a.yaml": `
- story: a walk
  let: { x: animals, who: names }
  parts: [["{who} met {a x}.", "One day {who} saw {a x}."], ["They played.", ""], ["Then {who} went home."]]
`,
};

const files = (changes: Record<string, string> = {}): ReadonlyMap<string, string> =>
  new Map(Object.entries({ ...world, ...changes }));
const pack = readPack(files(), "pip");
const items = (seed: number, bytes = 60_000): MadeItem[] => [...makeItems(pack, { bytes, seed })];
const said = (made: readonly MadeItem[]): string[] =>
  made.flatMap(({ item }) =>
    item.kind === "text" ? [] : item.messages.flatMap(({ role, text }) => (role === "user" ? [text] : [])),
  );

describe("a pack", () => {
  it("makes the same text of the same seed, and other text of another", () => {
    expect(items(1)).toEqual(items(1));
    expect(items(2)).not.toEqual(items(1));
  });

  it("makes four kinds, each by its share, and as much as is wanted", () => {
    const bytes = { sentences: 0, stories: 0, questions: 0, conversations: 0 };
    for (const { kind, item } of items(1)) {
      bytes[kind] +=
        item.kind === "text"
          ? item.text.length + 1
          : item.messages.reduce((sum, { text }) => sum + text.length + 1, 0);
    }
    expect(bytes.stories / 60_000).toBeCloseTo(0.15, 1);
    expect(bytes.conversations / 60_000).toBeCloseTo(0.35, 1);
    expect(
      [...makeItems(pack, { bytes: 5000, seed: 1, kinds: ["stories"] })].every(
        ({ kind }) => kind === "stories",
      ),
    ).toBe(true);
  });

  it("says every fact in plain sentences, also those that are never asked for", () => {
    const text = items(1)
      .flatMap(({ kind, item }) => (kind === "sentences" && item.kind === "text" ? [item.text] : []))
      .join(" ");
    for (const { name, values } of pack.tables.get("animals") ?? []) {
      if (values.has("color")) expect(text).toContain(`${name} is ${values.get("color")}.`);
    }
  });

  it("never asks in training what the exam keeps for itself", () => {
    const exam = makeExam(pack);
    for (const part of ["rephrased", "recombined", "outside"] as const) {
      const questions = exam.filter((each) => each.part === part);
      expect(questions.length, part).toBeGreaterThan(5);
      for (const seed of [1, 2]) {
        const trained = new Set(said(items(seed, 200_000)).map(wordsOf));
        expect(questions.filter(({ turns }) => trained.has(wordsOf(turns.at(-1) ?? "")))).toEqual([]);
      }
    }
    const seen = exam.filter(({ part, turns }) => part === "seen" && turns.length === 1);
    const trained = new Set(said(items(1, 400_000)).map(wordsOf));
    expect(
      seen.filter(({ turns }) => trained.has(wordsOf(turns[0] ?? ""))).length / seen.length,
    ).toBeGreaterThan(0.95);
  });

  it("makes the same exam each time, and the same questions of what was there when something is added", () => {
    expect(makeExam(pack)).toEqual(makeExam(readPack(files(), "pip")));
    const more = readPack(
      files({ "patterns/zoo.yaml": "- { skill: zoo, asks: [Where?], answers: [Here.], right: [here] }" }),
      "pip",
    );
    const questions = (cases: readonly ExamCase[]): unknown[] =>
      cases.filter(({ skill }) => skill === "color").map(({ turns }) => turns);
    expect(questions(makeExam(more))).toEqual(questions(makeExam(pack)));
  });

  it("asks what was told up to six turns before, and says what is right", () => {
    const memory = makeExam(pack).filter(({ skill, distance }) => skill === "name" && distance !== undefined);
    expect(new Set(memory.map(({ distance }) => distance))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    for (const { turns, distance, rule } of memory) {
      expect(turns).toHaveLength((distance ?? 0) + 1);
      expect(wordsOf(turns[0] ?? "")).toContain(wordsOf(rule.right[0]?.[0] ?? "?"));
      expect(rule.wrong).toHaveLength(9);
    }
    const untold = makeExam(pack).filter(({ skill, distance }) => skill === "name" && distance === undefined);
    expect(untold.every(({ rule }) => rule.right[0]?.[0] === "not told")).toBe(true);
  });

  it("asks for what was told only after it was told, and for the same", () => {
    for (const { item } of items(1, 100_000)) {
      if (item.kind === "text") continue;
      let name: string | undefined;
      for (const { text } of item.messages) {
        name = /^Hello, (\w+)!$/.exec(text)?.[1] ?? name;
        const recalled = /^You are (\w+)\.$/.exec(text)?.[1];
        if (recalled !== undefined) expect(recalled).toBe(name);
        if (text === "You have not told me.") expect(name).toBeUndefined();
      }
    }
  });

  it("leaves out what a character does not have, and adds what it adds", () => {
    expect(pack.blocks.map(({ skill }) => skill)).not.toContain("hobby");
    const text = JSON.stringify(items(1));
    expect(text).toContain("newt");
    expect(text).not.toContain("ghost is");
    expect(text).toContain("Yes, I like milk.");
  });

  it("is silent about a table of the character that has too few rows", () => {
    const older =
      '- { skill: older, let: { f: pals, g: pals }, where: [f.age > g.age], asks: ["Is {f} older than {g}?"], answers: [Yes.], right: ["yes"] }';
    const of = (pals: string): readonly string[] =>
      readPack(
        files({ "patterns/x.yaml": older, "pip.yaml": `me: { name: Pip }\npals: [${pals}]` }),
        "pip",
      ).blocks.map(({ skill }) => skill);
    expect(of("{ name: Bo, age: 2 }, { name: Al, age: 3 }")).toContain("older");
    expect(of("{ name: Bo, age: 2 }")).not.toContain("older");
    expect(of("")).not.toContain("older");
  });

  it("says where something is wrong, and what to do", () => {
    const wrong =
      (path: string, text: string): (() => unknown) =>
      () =>
        readPack(files({ [path]: text }), "pip");
    expect(wrong("patterns/x.yaml", "- { skill: a, ask: [b] }")).toThrow(
      'patterns/x.yaml, line 1: "ask" is no key here. Did you mean asks?',
    );
    expect(wrong("patterns/x.yaml", '\n- { skill: a, let: { x: animls }, asks: ["{x}"] }')).toThrow(
      /line 2: There is no table "animls" for x. Did you mean animals\?/,
    );
    expect(wrong("patterns/x.yaml", '- { skill: a, asks: ["{y}"], answers: [b] }')).toThrow(
      /names "y", which is no variable/,
    );
    expect(
      wrong("patterns/x.yaml", "- { skill: a, let: { x: animals }, where: [x.size > 99], asks: [b] }"),
    ).toThrow(/leave nothing/);
    expect(wrong("patterns/x.yaml", "- [")).toThrow(/patterns\/x.yaml, line \d: this is not YAML/);
    expect(wrong("patterns/x.yaml", "a: b")).toThrow(/must be a list/);
    expect(wrong("pip.yaml", "likes: [a]")).toThrow(/a character needs me: with a name/);
    expect(wrong("pip.yaml", "me: { name: Pip }\nadd: { animalz: [a] }")).toThrow(/Did you mean animals\?/);
    expect(wrong("world/x.yaml", "animals2:\n- { color: red }")).toThrow(
      /world\/x.yaml, line 1: something in animals2 has no name/,
    );
    expect(wrong("manners.yaml", "mess: { typo: 3 }")).toThrow(/typo is a share from 0 to 1, not 3/);
    expect(wrong("manners.yaml", 'phrases: { a: ["{b}"], b: ["{a}"] }\nbefore: ["{a}"]')).toThrow(
      /names itself/,
    );
    expect(
      wrong(
        "world/x.yaml",
        `a: &a [x, x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &b${i} [${Array(9).fill(`*${i ? `b${i - 1}` : "a"}`)}]`).join("\n")}`,
      ),
    ).toThrow(/pack-invalid|not YAML that can be read|must be|list/);
    expect(() => readPack(files(), "pop")).toThrow(/pop.yaml is missing/);
  });
});
