import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

/** A world of eight animals, a name to remember and things that are not in it. */
const WORLD = {
  "mini.yaml": "me: { name: Mini }\n",
  "world/animals.yaml": `animals:
  - { name: dog, color: brown }
  - { name: cat, color: black }
  - { name: pig, color: pink }
  - { name: hen, color: white }
  - { name: frog, color: green }
  - { name: fox, color: orange }
  - { name: seal, color: gray }
  - { name: duck, color: yellow }
`,
  "world/colors.yaml": "colors: [brown, black, pink, white, green, orange, gray, yellow]\n",
  "world/names.yaml": "names: [{ name: Ada, article: none }, { name: Zoe, article: none }]\n",
  "world/strange.yaml":
    "strange: [engine, castle, rocket, volcano, robot, piano, crystal, cactus, wizard, magnet]\n",
  "patterns/all.yaml": `- skill: color
  let: { x: animals with color }
  asks:
    - "What color is {a x}?"
    - "Tell me the color of {a x}."
    - "What color has {a x}?"
    - "Say what color {a x} is."
    - "Which color is {a x}?"
    - "Which color has {a x}?"
  answers: ["{a x} is {x.color}."]
  right: ["{x.color}"]
  wrong: colors
- skill: memory of a name
  let: { name: names }
  asks: ["My name is {name}."]
  answers: ["Hello, {name}!"]
  later: { asks: ["What is my name?"], answers: ["You are {name}."], right: ["{name}"], wrong: names }
- { skill: unknown, outside: true, let: { x: strange }, asks: ["How does {a x} work?", "Who made {a x}?", "Where is {a x}?", "Why is {a x} old?"] }
`,
  "manners.yaml": `refusals: { answers: ["I do not know that yet."], marks: ["do not know"] }
mess: { lower: 0, unmarked: 0, short: 0, typo: 0, wrapped: 0 }
`,
};

const ANIMALS = [...WORLD["world/animals.yaml"].matchAll(/name: (\w+), color: (\w+)/g)];

let home: string;
let suite: string;
const run = (...args: string[]) => parrotlet(args, { home });

beforeAll(async () => {
  home = temporaryFolder();
  suite = join(home, "pack", "mini.yaml");
  for (const [path, text] of Object.entries(WORLD)) {
    mkdirSync(join(home, "pack", path, ".."), { recursive: true });
    writeFileSync(join(home, "pack", path), text);
  }
  mkdirSync(join(home, "pack", "stories"));
  const a = (name: string): string => (/^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`);
  const pairs = [
    ...ANIMALS.map(([, name = "", color = ""]) => [`What color is ${a(name)}?`, `It is ${color}.`]),
    ...["engine", "castle", "rocket", "volcano", "robot"].flatMap((name) =>
      [
        `How does ${a(name)} work?`,
        `Who made ${a(name)}?`,
        `Where is ${a(name)}?`,
        `Why is ${a(name)} old?`,
      ].map((question) => [question, "I do not know that yet."]),
    ),
  ];
  const lines = pairs.map(([question, answer]) => `${question},${answer}`);
  writeFileSync(join(home, "mini.csv"), `question,answer\n${lines.join("\n")}\n`);
  const trained = await run("train", join(home, "mini.csv"), "--steps", "800", "--name", "mini");
  expect(trained).toMatchObject({ code: 0, err: "" });
}, 60_000);
afterAll(() => rmSync(home, { recursive: true }));

interface Tally {
  asked: number;
  right: number;
}

describe("parrotlet exam", () => {
  it("asks, grades, says what stood in the training text, and keeps it with the run", async () => {
    const { code, err, out } = await run("exam", "mini", "--suite", suite, "--json");
    expect([code, err]).toEqual([0, ""]);
    const report = JSON.parse(out);
    const kept = JSON.parse(readFileSync(report.file.replace(/md$/, "json"), "utf8"));
    expect(report).toMatchObject({
      suite: { name: "mini" },
      model: { label: expect.stringMatching(/^mini@\d+$/) },
    });
    const { file, ...rest } = report;
    expect({ format: 1, ...rest }).toEqual(kept);
    expect(file).toContain(join("runs", "mini", "exams", "mini-step-"));
    const skills: { skill: string; parts: Record<string, Tally> }[] = report.scores.skills;
    expect(skills.map(({ skill }) => skill)).toEqual(["color", "memory of a name", "unknown"]);
    // It sees the last message alone: that it may answer with a name is no memory.
    expect(report.scores.memory.length).toBeGreaterThan(1);
    expect(report.scores.skills[1].all.right).toBe(0);
    expect(report.failures.length).toBeGreaterThan(0);
    expect(report.failures[0].conversation.at(-1).role).toBe("assistant");
    // Of the questions about colors, those in the one pattern that it was trained on are known, word for word, and answered.
    const colors = report.answers.filter(({ skill }: { skill: string }) => skill === "color");
    const trained = colors.filter(({ turns }: { turns: string[] }) => turns[0]?.startsWith("What color is"));
    expect(trained.length).toBeGreaterThan(0);
    const right = trained.filter((each: { right: boolean }) => each.right);
    expect(right.length).toBeGreaterThan(0.8 * trained.length);
    const parts: Record<string, { exact: number }> = report.overlap.skills[0].parts;
    const exact = Object.values(parts).reduce((sum, each) => sum + each.exact, 0);
    expect(exact).toBe(trained.length);
  }, 60_000);

  it("prints a table, failures in full, and what knows less beside it", async () => {
    const { code, err, out } = await run("exam", "mini", "--suite", suite, "--baselines", "--failures", "2");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^mini@\d+ takes the exam mini: \d+ questions\. Ctrl-C stops it\.\n/);
    expect(out).toMatch(/\nskill +seen +rephrased +recombined +outside +all\n/);
    expect(out).toMatch(/\ncolor +\d+% \d+\/\d+/);
    expect(out).toMatch(/\nin training: a whole line +/);
    expect(out).toMatch(/says that it does not know +where it should: /);
    expect(out).toContain("2 failures in full");
    expect(out).toMatch(/ {2}user {3}.*\n {2}model {2}.*\n {2}wanted /);
    expect(out).not.toContain("\u001b");
    const all = (name: string): number =>
      Number(new RegExp(`\\n${name} .*% (\\d+)/\\d+ {2,}\\S* *\\S*$`, "m").exec(out)?.[1] ?? Number.NaN);
    const report = JSON.parse((await run("exam", "mini", "--suite", suite, "--baselines", "--json")).out);
    const right: number = report.scores.skills[0].all.right;
    expect(report.baselines.map(({ name }: { name: string }) => name)).toEqual([
      "bigram model",
      "nearest question",
      "untrained",
      "attention off",
    ]);
    const [bigram, nearest, ...others] = report.baselines;
    expect(nearest.scores.skills[0].all.right).toBeGreaterThan(0);
    for (const { scores } of [bigram, ...others]) expect(scores.skills[0].all.right).toBeLessThan(right / 2);
    expect(all("bigram model")).toBe(report.baselines[0].scores.all.right);
    const markdown = readFileSync(report.file, "utf8");
    expect(markdown).toMatch(/\| color \| \d+\/\d+ \(\d+\.\d%\)<br>in training \d+ \|/);
    expect(markdown).toContain("## What knows less");
    expect(markdown).toContain("- model: ");
  }, 60_000);

  it("compares two models question by question", async () => {
    const { out, code } = await run("exam", "mini", "--suite", suite, "--against", "mini@0");
    expect(code).toBe(0);
    expect(out).toMatch(/\nmini@\d+ against mini@0\n/);
    expect(out).toMatch(/\nall +0\/\d+ +\d+\/\d+ +\+\d+\.\d +\+\d+ -0 +\S+% +clearly better\n/);
    expect(existsSync(join(home, "runs/mini/exams/mini-step-000000/exam.json"))).toBe(true);
    const json = JSON.parse((await run("exam", "mini", "--suite", suite, "--against", "mini", "--json")).out);
    expect(json.comparison.all).toMatchObject({ gained: 0, lost: 0, chance: 1, clear: false });
  }, 60_000);

  it("says so where the training text is gone, or no longer what it was", async () => {
    const file = join(home, "mini.csv");
    const before = readFileSync(file);
    try {
      writeFileSync(file, `${before}What is new?,Nothing.\n`);
      const changed = await run("exam", "mini", "--suite", suite, "--per-part", "2", "--failures", "0");
      expect(changed.out).toMatch(/not at hand: the data have changed since then/);
      rmSync(file);
      const gone = await run("exam", "mini", "--suite", suite, "--per-part", "2", "--baselines");
      expect(gone.code).toBe(0);
      expect(gone.out).toMatch(/not at hand: The data file .*mini\.csv is not there/);
      expect(gone.err).toContain("No bigram model");
    } finally {
      writeFileSync(file, before);
    }
  }, 60_000);

  it("examines a checkpoint that was copied elsewhere, by what lies beside it", async () => {
    const copy = join(home, "elsewhere", "copy");
    const kept = join(home, "runs/mini/exams/mini-step-000000/exam.json");
    expect((await run("exam", "mini@0", "--suite", suite, "--quiet")).code).toBe(0);
    cpSync(join(home, "runs/mini/checkpoints/step-000000"), copy, { recursive: true });
    const options = { home, cwd: join(home, "elsewhere") };
    const alone = await parrotlet(["exam", copy, "--suite", suite], options);
    expect(alone.out).toMatch(
      /\nOverlap with the training text: not known\. It is not at hand: The data file/,
    );
    expect(alone.out).not.toContain("Report: ");
    cpSync(kept, join(copy, "exam.json"));
    const { overlap } = JSON.parse(
      (await parrotlet(["exam", copy, "--suite", suite, "--json"], options)).out,
    );
    expect(overlap).toEqual(JSON.parse(readFileSync(kept, "utf8")).overlap);
    writeFileSync(join(copy, "exam.json"), '{"format": 1, "answers": 7}');
    expect((await parrotlet(["exam", copy, "--suite", suite], options)).out).toContain("not known");
  }, 60_000);

  it("is stopped kindly, and keeps nothing then", async () => {
    const stop = steps(["takes the exam", (child) => child.kill("SIGINT")]);
    const options = { home, started: stop };
    const stopped = await parrotlet(["exam", "mini@0", "--suite", "pip"], options);
    expect(stopped).toMatchObject({ code: 130, err: "" });
    expect(stopped.out).toContain("Stopped before all was asked");
    expect(existsSync(join(home, "runs/mini/exams/pip-step-000000"))).toBe(false);
  }, 60_000);

  it.runIf(process.platform === "linux")(
    "says on a terminal how far it is",
    async () => {
      const args = ["exam", "mini", "--suite", suite];
      const { out } = await parrotletOnTerminal(args, { home, columns: 80 });
      expect(out).toMatch(/ {2}asking mini@\d+: \d+ of \d+ turns.*Ctrl-C stops/);
      expect(out).toContain("\u001b[31m  0%");
    },
    60_000,
  );

  it("names what is wrong with the command", async () => {
    expect((await run("exam", "--baseline")).err).toContain("Did you mean --baselines?");
    expect((await run("exam", "mini", "--per-part", "0")).err).toContain("whole number from 1");
    const book = join(home, "book.txt");
    writeFileSync(book, "Once upon a time there was a parrot. ".repeat(60));
    const trained = await run(
      "train",
      book,
      "--steps",
      "2",
      "--context",
      "16",
      "--layers",
      "1",
      "--width",
      "8",
    );
    expect(trained.code).toBe(0);
    const { code, err } = await run("exam", "book", "--suite", suite);
    expect(code).toBe(1);
    expect(err).toMatch(/goes on with texts.*\n.*explain exam-needs-replies/);
  }, 60_000);
});
