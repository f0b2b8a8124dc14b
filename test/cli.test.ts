import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parrotlet, steps, temporaryFolder } from "./run-cli.ts";

const lines = (text: string): string[] => text.trim().split("\n");
const json = (text: string): Record<string, unknown>[] => lines(text).map((line) => JSON.parse(line));

describe("parrotlet without a terminal", () => {
  const home = temporaryFolder();
  const run = (...args: string[]) => parrotlet(args, { home });

  beforeAll(async () => {
    expect((await run("train", "tinytalks", "--name", "tt")).code).toBe(0);
  });

  it("trains, prints the report and exits 0 when nothing is asked for", async () => {
    const fresh = temporaryFolder();
    const { code, out, err } = await parrotlet([], { home: fresh });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("tinytalks: 6,224 parameters, 71 rows of 37 pairs, a vocabulary of 51");
    expect(out).toMatch(/✔ perfect {2}Hi +Hello! How can I help you\?/);
    expect(out).toContain("Unseen, not in the training data");
    expect(out).toContain("Talk to it: parrotlet chat tinytalks");
    expect(out).not.toContain("\u001b");
    expect(existsSync(join(fresh, "runs/tinytalks/report.md"))).toBe(true);
  });

  it.each(["train", "exam", "chat", "sizes", "runs", "show", "resume", "doctor", "start"])(
    "%s has help with examples",
    async (name) => {
      const { code, out } = await run(name, "--help");
      expect(code).toBe(0);
      expect(out).toContain(`Usage: parrotlet ${name}`);
      expect(out).toContain("--json");
      if (name !== "start") expect(out).toMatch(/Examples:\n {2}\$ /);
    },
  );

  it.each([
    [["chat", "--temprature", "0"], "error: Unknown option --temprature. Did you mean --temperature?"],
    [["trian"], "error: Unknown command 'trian'. Did you mean train?"],
    [
      ["train", "--steps", "many"],
      /error: Option '--steps <n>' argument 'many' is invalid. It must be a whole number/,
    ],
    [["train", "--steps", "0"], /must be a whole number from 1/],
    [["train", "--preset", "gpt5"], /Allowed choices are classic, llama/],
    [["explain"], /error: Missing required argument 'code'/],
    [["train", "tinytalks", "too", "many"], /too many arguments/i],
  ])("%j is a usage error", async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.trim()).toMatch(message);
  });

  it.each([
    [
      ["train", "tinytlaks"],
      "recipe-not-found",
      /There is no recipe, file or folder "tinytlaks". Did you mean tinytalks\?/,
    ],
    [["show", "nobody"], "run-not-found", /There is no run "nobody" in .*runs. There are tt\./],
    [["chat", "nobody"], "model-not-found", /No model is called "nobody"/],
    [["resume", "tx"], "run-not-found", /Did you mean tt\?/],
    [["train", "tinytalks", "--heads", "3"], "recipe-invalid", /width 16 cannot be shared among 3 heads/],
    [["train", "tinytalks", "--context", "20"], "data-too-long", /model.contextWindow is 20/],
    [["train", "tinytalks", "--name", "../x"], "recipe-invalid", /name is "..\/x"; it must be/],
  ])("%j fails with a message and a code", async (args, code, message) => {
    const plain = await run(...args);
    expect(plain.code).toBe(1);
    expect(plain.err).toMatch(message);
    expect(plain.err).toContain(`(more: parrotlet explain ${code})`);
    const machine = await run(...args, "--json");
    expect(JSON.parse(machine.err)).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  it("leaves no run behind when the recipe or the data are wrong", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "bad.csv"), "question,answer\nHi\n");
    writeFileSync(join(folder, "empty.jsonl"), "");
    for (const args of [["bad.csv"], ["empty.jsonl"], ["tinytalks", "--context", "9"]]) {
      expect((await parrotlet(["train", ...args], { home: folder })).code).toBe(1);
    }
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });

  it.each([
    ["mine.yaml", "- {question: ping, answer: pong}\n- {question: tick, answer: tock}\n"],
    ["my pairs.csv", "question,answer\nping,pong\ntick,tock\n"],
    ["x.jsonl", '{"question":"ping","answer":"pong"}\n{"question":"tick","answer":"tock"}\n'],
  ])("trains on %s, and the model says what it learned", async (file, content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, file), content);
    const trained = await parrotlet(["train", file, "--steps", "300"], { home: folder });
    expect([trained.code, trained.err]).toEqual([0, ""]);
    const { out } = await parrotlet(["chat"], { home: folder, input: "ping\ntick\n" });
    expect(out).toBe("pong\ntock\n");
  });

  it("trains by a recipe file, with data beside it, from anywhere", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "pairs.yaml"), "- {question: ping, answer: pong}\n");
    const recipe =
      "name: own\ndata: pairs.yaml\nmodel: {width: 8, layers: 1, heads: 2, contextWindow: 16, preset: llama}\n";
    writeFileSync(join(folder, "recipe.yaml"), `${recipe}training: {steps: 20, checkpointSteps: 10}\n`);
    const { code, err } = await parrotlet(["train", join(folder, "recipe.yaml")], { home: folder, cwd: "/" });
    expect([code, err]).toEqual([0, ""]);
    const shown = json((await parrotlet(["show", "own", "--json"], { home: folder })).out)[0];
    expect(shown).toMatchObject({ recipe: { data: join(folder, "pairs.yaml"), model: { preset: "llama" } } });
  });

  it("refuses a precision that the device does not have before there is a run", async () => {
    const folder = temporaryFolder();
    const options = ["train", "tinytalks", "--precision", "bf16", "--device", "wasm"];
    const { code, err } = await parrotlet(options, { home: folder });
    expect(code).toBe(1);
    expect(err).toMatch(/^error: The device wasm has no bf16 products here.*precision-unavailable/s);
    expect((await parrotlet(["runs"], { home: folder })).out).toMatch(/^No runs yet/);
  });

  it("speaks JSON: events of a training, one a line", async () => {
    const { out } = await run(
      "train",
      "tinytalks",
      "--steps",
      "100",
      "--checkpoint-steps",
      "50",
      "--name",
      "j",
      "--json",
    );
    const events = json(out);
    expect(events[0]).toEqual({ type: "run", name: "j", folder: join(home, "runs/j") });
    expect(events.map(({ type }) => type).filter((type) => type !== "progress")).toEqual([
      ...["run", "start", "checkpoint", "checkpoint", "checkpoint", "end"],
    ]);
    expect(events.at(-1)).toMatchObject({ reason: "steps", step: 100 });
  });

  it("speaks JSON: runs, a run, the doctor, sizes", async () => {
    expect(json((await run("runs", "--json")).out)).toContainEqual(
      expect.objectContaining({ name: "tt", perfect: 37, pairs: 37 }),
    );
    expect(json((await run("show", "tt", "--json")).out)[0]).toMatchObject({
      name: "tt",
      report: { parameters: 6224 },
    });
    const [doctor] = json((await run("doctor", "--json")).out);
    expect(doctor).toMatchObject({
      node: process.version,
      device: expect.stringMatching(/^(native|wasm)/),
      workspace: home,
      writable: true,
    });
    const sizes = json((await run("sizes", "--seconds", "0.05", "--json")).out);
    expect(sizes.map(({ parameters }) => parameters)).toEqual([4492, 6224, 11_640, 18_592]);
  });

  it("trains for a given time with a schedule that fits it", async () => {
    const { out } = await run("train", "tinytalks", "--minutes", "0.005", "--name", "timed");
    expect(out).toMatch(/steps fit into 0.3 s/);
    const [shown] = json((await run("show", "timed", "--json")).out);
    const { recipe, report } = shown as {
      recipe: { training: { steps: number } };
      report: { step: number; seconds: number };
    };
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.step).toBeGreaterThan(0);
    expect(report.step).toBeLessThanOrEqual(recipe.training.steps);
  });

  it("slows the show when a pace is given", async () => {
    const args = [
      "train",
      "tinytalks",
      "--steps",
      "3",
      "--checkpoint-steps",
      "3",
      "--pace",
      "fast",
      "--json",
      "--name",
      "slow",
    ];
    await parrotlet(args, {
      home,
      // The first of three steps in five minutes; Ctrl-C ends the wait for the second.
      started: steps(['"progress"', (child) => child.kill("SIGINT")]),
    });
    const events = readFileSync(join(home, "runs/slow/events.jsonl"), "utf8");
    expect(json(events).at(-1)).toMatchObject({ type: "end", reason: "aborted", step: 1 });
  });

  it("lists runs and shows one", async () => {
    expect((await run("runs")).out).toMatch(/tt +finished +2,000\/2,000 +37\/37 +6,224/);
    const { out } = await run("show", "tt");
    expect(out).toContain(join(home, "runs/tt"));
    expect(out).toMatch(/2,000 +\d/);
  });

  it("takes the newest run where none is named, and options before the command", async () => {
    const fresh = temporaryFolder();
    expect((await parrotlet(["show"], { home: fresh })).err).toContain("run-not-found");
    const small = ["--steps", "60", "--checkpoint-steps", "30"];
    const stopped = await parrotlet(["train", "tinytalks", "--name", "a", "--steps", "1000000"], {
      home: fresh,
      started: steps(["step       0", (child) => child.kill("SIGINT")]),
    });
    expect(stopped.out).toContain("Go on: parrotlet resume a");
    await parrotlet(["train", "tinytalks", "--name", "b", ...small], { home: fresh });
    const { out } = await parrotlet(["--workspace", fresh, "show"], { home: temporaryFolder() });
    expect(out).toMatch(/^b: finished/);
    const resumed = await parrotlet(["resume", "--json"], {
      home: fresh,
      started: steps(['"start"', (child) => child.kill("SIGINT")]),
    });
    expect(json(resumed.out)[0]).toMatchObject({ type: "run", name: "a" });
  });

  it("does not begin again where checkpoints cannot be gone on from", async () => {
    const fresh = temporaryFolder();
    await parrotlet(["train", "tinytalks", "--steps", "1000000"], {
      home: fresh,
      started: steps(["step       0", (child) => child.kill("SIGINT")]),
    });
    const checkpoints = join(fresh, "runs/tinytalks/checkpoints");
    for (const step of readdirSync(checkpoints))
      rmSync(join(checkpoints, step, "optimizer.safetensors"), { force: true });
    const { code, err } = await parrotlet(["resume", "tinytalks"], { home: fresh });
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/No checkpoint of tinytalks .*\(more: parrotlet explain run-damaged\)/s),
    ]);
    expect(readdirSync(checkpoints).length).toBeGreaterThan(0);
  });

  it("says how to begin where there is nothing yet", async () => {
    const empty = temporaryFolder();
    expect((await parrotlet(["runs"], { home: empty })).out).toContain("No runs yet");
    expect((await parrotlet(["chat"], { home: empty })).err).toContain(
      "Train one: parrotlet train tinytalks",
    );
  });

  it.runIf(process.platform === "linux")("says that the workspace cannot be written to", async () => {
    const { code, err } = await run("train", "tinytalks", "--workspace", "/sys/nowhere");
    expect(code).toBe(1);
    expect(err).toContain("no-permission");
  });

  it("ends quietly when its reader has seen enough", async () => {
    const { code, err } = await parrotlet(["train", "tinytalks", "--steps", "200", "--name", "pipe"], {
      home,
      started: (child) => child.stdout?.once("data", () => child.stdout?.destroy()),
    });
    expect([code, err]).toEqual([129, ""]);
  });
});

describe("chat in a pipe", () => {
  const home = temporaryFolder();
  const chat = (input: string, ...args: string[]) => parrotlet(["chat", ...args], { home, input });

  beforeAll(async () => {
    expect((await parrotlet(["train", "tinytalks"], { home })).code).toBe(0);
  });

  it("answers a line a line", async () => {
    expect((await chat("Hi\n\nIs grass green\n")).out).toBe(
      "Hello! How can I help you?\nYes, grass is green\n",
    );
  });

  it("tells of each reply in JSON", async () => {
    expect(json((await chat("Hi\n", "--json")).out)).toEqual([
      {
        message: "Hi",
        reply: "Hello! How can I help you?",
        finish: "stop",
        model: expect.stringMatching(/^tinytalks@/),
      },
    ]);
  });

  it("goes on after a character that the model does not know", async () => {
    const { out, code } = await chat("Hü\nHi\n");
    expect(out).toMatch(/does not know the character "ü" at place 2 of "Hü"/);
    expect(out).toMatch(/Hello! How can I help you\?\n$/);
    expect(code).toBe(0);
  });

  it("knows its commands", async () => {
    const { out, err } = await chat(
      [
        ...["/help", "/temp 0.5", "/tokens 5", "/topk 3", "/topp 0.9", "/seed 4", "Hi", "/temp hot", "/tmep"],
        ...[
          "/checkpoint",
          "/checkpoint 0",
          "/checkpoint 3",
          "/model",
          "/model tinytalks@newest",
          "/compare 0 2000 Bye",
        ],
        ...["/attention", "/save", "/save chat", "/quit", "not reached"],
      ].join("\n"),
    );
    expect(out).toContain("/compare A [B] [MESSAGE]");
    for (const said of ["temperature is 0.5", "maxNewTokens is 5", "topK is 3", "topP is 0.9", "seed is 4"])
      expect(out).toContain(said);
    expect(err).toContain("(cut: see /tokens)");
    expect(out).toContain("temperature is NaN; it must be a number from 0 to 100.");
    expect(out).toContain("There is no /tmep. Did you mean /temp?");
    expect(out).toContain("There are 0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000.");
    expect(out).toContain("This is tinytalks@0 now.");
    expect(out).toContain("tinytalks has no checkpoint of step 3. It has 0, 250");
    expect(out).toContain("This is tinytalks@2000 now.");
    expect(out).toMatch(/tinytalks@0 +\S.*\ntinytalks@2000 {2}Goodb/);
    expect(out).toMatch(/layer 1, head 2\n {4}▏Hi▏Hello\n {2}H [ ·░▒▓█]{4}\n {2}e [ ·░▒▓█]{5}\n/);
    expect(out).not.toContain("not reached");
    const [, file = ""] = /Saved as (.*\.jsonl)\n/.exec(out) ?? [];
    expect(file).toContain(join(home, "conversations"));
    expect(json(readFileSync(file, "utf8"))).toMatchObject([
      { type: "conversation" },
      { type: "message", role: "user", text: "Hi" },
      { type: "message", role: "assistant", text: "Hello", model: { name: expect.any(String) } },
      { type: "title", title: "chat" },
    ]);
  });
});
