import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

const home = temporaryFolder();
const starters = join(home, "starters");
/** A workspace without a run, and a program that came with a starter. */
const fresh = temporaryFolder();
const run = (args: readonly string[], input?: string, at = fresh) =>
  parrotlet(args, {
    home: at,
    env: { PARROTLET_TEST_STARTERS: starters },
    ...(input === undefined ? {} : { input }),
  });

const filesOf = (folder: string): Map<string, Buffer> =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
const json = (text: string): Record<string, never>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, never>);

beforeAll(async () => {
  const trained = await parrotlet(["train", "tinytalks", "--threads", "1"], { home });
  expect([trained.code, trained.err]).toEqual([0, ""]);
  const made = await parrotlet(["shrink", "tinytalks", "--out", join(starters, "pip")], { home });
  expect([made.code, made.err]).toEqual([0, ""]);
}, 120_000);

describe("parrotlet shrink", () => {
  it("says how many bytes it saves and what that costs, for machines too", async () => {
    const out = join(home, "half");
    const plain = await run(["shrink", "tinytalks", "--to", "f16", "--out", out], undefined, home);
    expect(plain.out).toMatch(/^tinytalks@2000 with weights as f16: \d+ KiB, before \d+ KiB\n/);
    expect(plain.out).toMatch(
      /loss 0\.\d+ -> 0\.\d+ \([+-]0\.\d\d%\)\n37 of 37 answers perfect, before 37\n/,
    );
    const machine = await run(
      ["shrink", "tinytalks", "--to", "f16", "--out", out, "--json"],
      undefined,
      home,
    );
    const [{ bytes, scores } = {}] = json(machine.out) as unknown as {
      bytes: { before: number; after: number };
      scores: { before: { loss: number }; after: { loss: number } };
    }[];
    expect(bytes?.after).toBeLessThan(0.75 * (bytes?.before ?? 0));
    expect(scores?.after.loss).toBeCloseTo(scores?.before.loss ?? 0, 3);
  });

  it("writes the same bytes again, with a card that says how", async () => {
    const folder = join(starters, "pip");
    const before = filesOf(folder);
    expect([...before.keys()].sort()).toEqual([
      "README.md",
      "config.json",
      "model.int8.safetensors",
      "parrotlet.json",
      "recipe.yaml",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect((await run(["shrink", "tinytalks", "--out", folder], undefined, home)).code).toBe(0);
    expect(filesOf(folder)).toEqual(before);
    const card = String(before.get("README.md"));
    expect(card).toContain("parrotlet train recipe.yaml --name tinytalks");
    expect(card).toContain("parrotlet shrink tinytalks@2000 --to int8 --out pip");
    expect(card).toContain("| answers that are perfect | 37 of 37 |");
    expect(JSON.parse(String(before.get("parrotlet.json")))).toMatchObject({
      shrunk: { to: "int8", lossBefore: expect.any(Number) },
    });
  });

  it("is made again, to the byte, by the commands on its card", async () => {
    const at = temporaryFolder();
    const card = readFileSync(join(starters, "pip", "README.md"), "utf8");
    cpSync(join(starters, "pip", "recipe.yaml"), join(at, "recipe.yaml"));
    const commands = [...card.matchAll(/^parrotlet ((?:train|shrink) .*)$/gm)].map(([, line = ""]) => line);
    expect(commands.length).toBe(2);
    for (const command of commands) expect((await run(command.split(" "), undefined, at)).code).toBe(0);
    expect(filesOf(join(at, "pip"))).toEqual(filesOf(join(starters, "pip")));
  });

  it("writes over nothing else", async () => {
    const { code, err } = await run(["shrink", "tinytalks", "--out", home], undefined, home);
    expect([code, err]).toEqual([1, expect.stringMatching(/is not empty[\s\S]*explain folder-taken/)]);
    expect(existsSync(join(home, "runs"))).toBe(true);
  });

  it("shrinks a folder from elsewhere too, and says what it cannot measure", async () => {
    const out = join(home, "again");
    const half = join(home, "other");
    await run(["shrink", "tinytalks", "--to", "bf16", "--out", half], undefined, home);
    const record = JSON.parse(readFileSync(join(half, "parrotlet.json"), "utf8"));
    writeFileSync(join(half, "parrotlet.json"), JSON.stringify({ ...record, data: "other" }));
    const { code, out: said } = await run(["shrink", half, "--out", out]);
    expect(code).toBe(0);
    expect(said).toMatch(/Not measured what it costs: the data are not those of its training/);
    expect((await run(["chat", out], "Hi\n")).out).toBe("Hello! How can I help you?\n");
  });
});

describe("a starter", () => {
  it("is talked to where there is no run, and found by its name", async () => {
    for (const args of [["chat"], ["chat", "pip"]])
      expect((await run(args, "Hi\n")).out).toBe("Hello! How can I help you?\n");
    expect((await run(["generate", "pip", "--prompt", "Hi"])).out).toBe("Hello! How can I help you?\n");
    const models = await run(["chat"], "/models\n/model\n");
    expect(models.out).toMatch(/\* {2}pip +questions +37\/37 perfect +6,224 +a starter\n/);
    expect(models.out).toContain("This is pip. There are pip.");
    for (const args of [["show"], ["show", "pip"]])
      expect((await run(args)).out).toMatch(
        /^pip: a model\n[\s\S]*weights as int8\n[\s\S]*6,224 parameters\n/,
      );
    const [shown] = json((await run(["show", "pip", "--json"])).out);
    expect(shown).toMatchObject({ name: "pip", parameters: 6224, training: { step: 2000 } });
    expect((await run(["chat", "pib"])).err).toMatch(
      /Did you mean pip\? With the program came pip\. There is no run yet/,
    );
  });

  it("greets as the character that it learned to be, whatever its name does to a terminal", async () => {
    const others = join(home, "others");
    cpSync(starters, others, { recursive: true });
    const record = join(others, "pip", "parrotlet.json");
    const character = "Pip\u001b[2J\nthe Parrot";
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, "utf8")), character }));
    const { out } = await parrotletOnTerminal(["chat"], {
      home: fresh,
      env: { PARROTLET_TEST_STARTERS: others, NO_COLOR: "1" },
      started: steps(["/quit", "Hi\r"], ["How can I help you?", "/quit\r"]),
    });
    expect(out).toMatch(/This is Pip\uFFFD\[2J the Parrot \(pip\)\. Say something/);
    expect(out).toMatch(/It came trained\. Raise your own: parrotlet train/);
    expect(out).toMatch(/the Parrot Hello! How can I help you\?/);
  });

  it("stands back where there are runs", async () => {
    const { out } = await run(["chat"], "/model\n/models\n", home);
    expect(out).toMatch(/This is tinytalks@2000. There are tinytalks, pip\./);
    expect(out).toMatch(/\* {2}tinytalks[\s\S]*\n {3}pip /);
  });

  it("is what a training may begin with, by a flag or by a recipe, to the same bytes", async () => {
    const at = temporaryFolder();
    writeFileSync(join(at, "x.csv"), "question,answer\nHi there,Hello you\nping,Hello me\n");
    const trained = await run(["train", "x.csv", "--from", "pip", "--steps", "100"], undefined, at);
    expect([trained.code, trained.err]).toEqual([0, ""]);
    expect(trained.out).toContain("It begins as pip.\n");
    expect((await run(["chat"], "ping\n", at)).out).toBe("Hello me\n");
    expect((await run(["show", "x"], undefined, at)).out).toMatch(/\n {2}from {8}pip\n/);
    const recipe = join(at, "runs", "x", "recipe.yaml");
    expect(readFileSync(recipe, "utf8")).toMatch(/from:\n {2}model: pip\n {2}hash: [0-9a-f]{64}\n/);
    await run(["train", recipe, "--name", "y"], undefined, at);
    const weights = (name: string): Buffer =>
      readFileSync(join(at, "runs", name, "checkpoints", "step-000100", "model.safetensors"));
    expect(weights("y").equals(weights("x"))).toBe(true);
    writeFileSync(
      join(at, "z.yaml"),
      "name: z\ndata: x.csv\nfrom: ./starters/pip\nmodel: { width: 32 }\ntraining: { steps: 10 }\n",
    );
    expect((await run(["train", "z.yaml"], undefined, at)).err).toMatch(/No model is called/);
    writeFileSync(
      join(at, "z.yaml"),
      "name: z\ndata: x.csv\nfrom: x@100\nmodel: { width: 32 }\ntraining: { steps: 10 }\n",
    );
    expect((await run(["train", "z.yaml"], undefined, at)).err).toMatch(
      /z.yaml, line 4: model.width is 32, but the training begins with x@100, whose width is 16/,
    );
    const changed = readFileSync(recipe, "utf8").replace(/hash: ./g, "hash: 0");
    writeFileSync(join(at, "old.yaml"), changed.replace(/hash: 0(.{6})/, "hash: 0abcdef"));
    expect((await run(["train", "old.yaml"], undefined, at)).err).toMatch(/explain from-changed/);
  });
});
