// Free text, conversations and the search for a rate, as a person calls them.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

const home = temporaryFolder();
const run = (...args: string[]) => parrotlet(args, { home });
const json = (text: string): Record<string, unknown>[] =>
  text.trim() === ""
    ? []
    : text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

const animals = ["fox", "owl", "hen", "cat", "cow"];
const places = ["barn", "wood", "pond"];
const sentences = Array.from({ length: 600 }, (_, i) => {
  const [animal, place] = [animals[(i * 7) % 5], places[(i * 11) % 3]];
  return `The ${animal} went to the ${place}.\nThere it slept for ${(i % 9) + 1} days.\n`;
});
const talks = Array.from({ length: 300 }, (_, i) => ({
  messages: [
    { role: "user", content: `Where is the ${animals[i % 5]}?` },
    { role: "assistant", content: `In the ${places[i % 3]}.` },
    { role: "user", content: "And now?" },
    { role: "assistant", content: `Still in the ${places[i % 3]}.` },
  ],
}));
const small = ["--width", "32", "--layers", "1", "--heads", "2", "--batch-size", "8"];

beforeAll(async () => {
  writeFileSync(join(home, "meadow.txt"), sentences.join(""));
  writeFileSync(join(home, "talks.jsonl"), talks.map((talk) => `${JSON.stringify(talk)}\n`).join(""));
  const text = await run("train", "meadow.txt", ...small, "--context", "64", "--steps", "250");
  const chat = await run("train", "talks.jsonl", ...small, "--context", "48", "--steps", "250");
  expect([text.code, chat.code, text.err, chat.err]).toEqual([0, 0, "", ""]);
}, 120_000);

describe("parrotlet generate", () => {
  it("goes on with a text beyond its context window, the same for the same seed", async () => {
    const said = ["generate", "meadow", "--prompt", "The fox", "--max-new-tokens", "300", "--seed", "3"];
    const [first, again, other] = [
      await run(...said),
      await run(...said),
      await run(...said.slice(0, -1), "4"),
    ];
    expect(first).toMatchObject({ code: 0, err: "", out: again.out });
    expect(first.out).not.toBe(other.out);
    expect(first.out).toMatch(/^The fox went to the /);
    expect(first.out.length).toBeGreaterThan(250);
    // What it learned is still there when the window has moved.
    expect(first.out.slice(200)).toMatch(/The (fox|owl|hen|cat|cow) went/);
  });

  it("takes a prompt from a pipe or a file, without its last line break, and none at all", async () => {
    writeFileSync(join(home, "prompt.txt"), "The owl went\n");
    const options = ["--seed", "1", "--max-new-tokens", "20"];
    const named = await run("generate", "meadow", "--prompt", "The owl went", ...options);
    const piped = await parrotlet(["generate", "meadow", ...options], { home, input: "The owl went\n" });
    expect(piped.out).toBe(named.out);
    expect((await run("generate", "meadow", "--prompt-file", "prompt.txt", ...options)).out).toBe(named.out);
    expect((await run("generate", "meadow", ...options)).out).toMatch(/\S/);
    const both = await run("generate", "meadow", "--prompt", "a", "--prompt-file", "prompt.txt");
    expect([both.code, both.err]).toEqual([1, expect.stringContaining("do not go together")]);
    const none = await run("generate", "meadow", "--prompt-file", "none.txt");
    expect(none.err).toMatch(/The prompt's file "none.txt" cannot be read/);
  });

  it("gives one object with all samples, which end before a stop sequence", async () => {
    const said = ["generate", "meadow", "--prompt", "The hen", "--samples", "2", "--seed", "7", "--json"];
    const [object, ...rest] = json((await run(...said, "--stop", "\\n", "--stop", "#")).out);
    expect(rest).toEqual([]);
    const sample = (seed: number) => ({
      seed,
      finish: "stop",
      text: expect.stringMatching(/^ went to[^\n]*$/),
      tokens: expect.any(Number),
      seconds: expect.any(Number),
    });
    expect(object).toEqual({
      model: expect.stringMatching(/^meadow@/),
      prompt: "The hen",
      samples: [sample(7), sample(8)],
    });
  });

  it("says what the model does not know", async () => {
    const { code, out, err } = await run("generate", "meadow", "--prompt", "ü", "--max-new-tokens", "5");
    expect([code, err]).toEqual([0, 'note: the model does not know "ü" and reads <unk> there.\n']);
    expect(out).toMatch(/^ü/);
  });

  it("gives a model of conversations its prompt as a message, unless told otherwise", async () => {
    const said = ["generate", "talks", "--prompt", "Where is the cow?", "--temperature", "0"];
    expect((await run(...said)).out).toMatch(/^In the (barn|wood|pond)\.\n$/);
    expect((await run(...said, "--raw")).out).toMatch(/^Where is the cow\?/);
  });

  it.runIf(hasTerminals)("Ctrl-C ends the text and keeps it", async () => {
    const { code, out } = await parrotletOnTerminal(["generate", "meadow", "--max-new-tokens", "1000000"], {
      home,
      started: steps([/went[\s\S]*went/, "\u0003"]),
    });
    expect(code).toBe(130);
    expect(out).toMatch(/stopped; again: --seed \d+/);
  });
});

describe("the console", () => {
  const chat = (model: string, input: string, ...args: string[]) =>
    parrotlet(["chat", model, ...args], { home, input });

  it("goes on with lines where the model is one of text, and says how good it is", async () => {
    const { out, code } = await chat(
      "meadow",
      "The cat\n/stop \\n\n/generate The cow\n/questions\n/attention 1\n/system x\n",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^The cat went to the /);
    expect(out).toContain('Ends before "\\n".');
    expect(out).toMatch(/The cow went to the \w+\./);
    expect(out).toMatch(/It learned from text[\s\S]*bits per byte/);
    expect(out).toMatch(/layer 1, head 2/);
    expect(out).toContain("was not trained on conversations");
  });

  it("remembers a conversation as far as it fits, until told to forget", async () => {
    const input = "Where is the fox?\nAnd now?\n/reset\nAnd now?\n/system Be kind\n/system off\n/models\n";
    const talk = await chat("talks", input, "--temperature", "0");
    expect(talk.out).toMatch(/^In the (\w+)\.\nStill in the \1\.\nForgotten\./);
    expect(talk.out).toContain("The system says: Be kind");
    expect(talk.out).toContain("The system says nothing.");
    expect(talk.out).toMatch(/\* +talks +conversations +\d\.\d+ bits per byte/);
    expect(talk.out).toMatch(/meadow +text +\d\.\d+ bits per byte/);
    // Eight exchanges are far more than 48 tokens.
    const long = await chat("talks", "Where is the owl?\n".repeat(8), "--temperature", "0");
    expect(long.out.trim().split("\n")).toHaveLength(8);
    expect(long.out).not.toContain("context window");
  });

  it.runIf(hasTerminals)("greets as the model is, and completes the names of models", async () => {
    const { code, out } = await parrotletOnTerminal(["chat", "meadow"], {
      home,
      started: steps(
        ["Leave with /quit", "The fox\r"],
        ["cut: see /tokens", "/model ta\t"],
        ["lks", "\r"],
        [/This is .*now/, "/quit\r"],
      ),
    });
    expect(code).toBe(0);
    expect(out).toContain("It goes on with what you write");
    expect(out).toContain("There is 1 other model: /models");
    expect(out).not.toContain("It was asked");
  });
});

describe("parrotlet find-rate", () => {
  it("draws the curve, writes it down and says how to go on", async () => {
    const { code, out, err } = await run(
      "find-rate",
      "meadow.txt",
      ...small,
      "--context",
      "32",
      "--steps",
      "60",
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/suggested: 0\.\d+/);
    expect(out).toMatch(/[\u2801-\u28ff]{10}/);
    expect(out).toMatch(/Train at the higher: parrotlet train meadow.txt --learning-rate 0\.\d+/);
    expect(out).toContain(`Picture: ${join(home, "rate.svg")}`);
    expect(readFileSync(join(home, "rate.svg"), "utf8")).toMatch(/^<svg[\s\S]*1e-5[\s\S]*suggested:/);
  });

  it("tells of each step in JSON, for pairs too, and keeps no run", async () => {
    const { out } = await run("find-rate", "tinytalks", "--steps", "40", "--to", "0.1", "--json");
    const events = json(out);
    expect(events[0]).toMatchObject({ type: "start", parameters: 6224, steps: 40, to: 0.1 });
    expect(events.filter(({ type }) => type === "step")).toHaveLength(40);
    expect(events.at(-1)).toMatchObject({
      type: "end",
      reason: "steps",
      suggestion: { rate: expect.any(Number) },
    });
    expect(existsSync(join(home, "runs/tinytalks"))).toBe(false);
  });
});
