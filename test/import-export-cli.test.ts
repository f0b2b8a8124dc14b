import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parrotlet, temporaryFolder } from "./run-cli.ts";

const home = temporaryFolder();
const cwd = temporaryFolder();
const run = (...args: string[]) => parrotlet(args, { home, cwd });
const bytes = (...path: string[]): Buffer => readFileSync(join(...path));

/** What a model answers, one line a question, always the likeliest token. */
const answers = async (model: string): Promise<string> => {
  const { out } = await parrotlet(["chat", model, "--temperature", "0"], {
    home,
    cwd,
    input: "Hi\nIs grass green\nWhat is the sun\n",
  });
  return out;
};

beforeAll(async () => {
  expect((await run("train", "tinytalks", "--quiet")).code).toBe(0);
}, 60_000);

describe("export and import", () => {
  it("give the same model back: the same weights, the same replies", async () => {
    const exported = await run("export", "tinytalks", "--json");
    expect(exported).toMatchObject({ code: 0, err: "" });
    const { folder, files } = JSON.parse(exported.out) as { folder: string; files: { name: string }[] };
    expect(folder.endsWith("tinytalks-hf")).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(files.map(({ name }) => name).sort());
    const card = bytes(folder, "README.md").toString();
    expect(card).toContain("37 of 37");
    expect(card).not.toContain(home);
    const imported = await run("import", "tinytalks-hf", "--name", "back", "--json");
    expect(imported).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(imported.out)).toMatchObject({
      name: "back",
      parameters: 6224,
      dtypes: ["F32"],
      spare: 0,
    });
    const weights = join(home, "models", "back", "model.safetensors");
    expect(bytes(weights).equals(bytes(folder, "model.safetensors"))).toBe(true);
    const replies = await answers("back");
    expect(replies.split("\n").slice(0, 2)).toEqual(["Hello! How can I help you?", "Yes, grass is green"]);
    expect(replies).toBe(await answers("tinytalks"));
    expect(readdirSync(cwd).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("number a name that is taken, and train on from what was brought in", async () => {
    await run("export", "tinytalks", "--out", "source");
    expect(JSON.parse((await run("import", "source", "--name", "tinytalks", "--json")).out)).toMatchObject({
      name: "tinytalks-2",
    });
    writeFileSync(join(cwd, "more.csv"), "question,answer\nHi,The sun is hot\nBye,The sky is blue\n");
    const trained = await run(
      "train",
      "more.csv",
      "--from",
      "tinytalks-2",
      "--steps",
      "3",
      "--name",
      "on",
      "--json",
    );
    expect(trained.code).toBe(0);
    const config = (path: string): unknown => JSON.parse(bytes(home, path, "config.json").toString());
    const [step = ""] = readdirSync(join(home, "runs", "on", "checkpoints"));
    expect(config(`runs/on/checkpoints/${step}`)).toEqual(config("models/tinytalks-2"));
    expect((await run("show", "tinytalks-2")).code).toBe(0);
    expect((await run("generate", "tinytalks-3")).err).toContain("Did you mean tinytalks");
  });

  it("replace an earlier export alone, and only when asked to", async () => {
    await run("export", "tinytalks", "--to", "safetensors", "--out", "kept");
    const taken = await run("export", "tinytalks", "--to", "safetensors", "--out", "kept");
    expect(taken).toMatchObject({ code: 1, err: expect.stringContaining("--force") as string });
    expect(await run("export", "tinytalks", "--to", "onnx", "--out", "kept", "--force")).toMatchObject({
      code: 0,
    });
    expect(readdirSync(join(cwd, "kept")).sort()).toContain("onnx");
    expect(existsSync(join(cwd, "kept", "model.safetensors"))).toBe(false);
    mkdirSync(join(cwd, "mine"));
    writeFileSync(join(cwd, "mine", "diary.txt"), "dear diary");
    const refused = await run("export", "tinytalks", "--out", "mine", "--force");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("diary.txt") as string });
    expect(readdirSync(join(cwd, "mine"))).toEqual(["diary.txt"]);
  });

  it("leave nothing behind where they fail", async () => {
    await run("export", "tinytalks", "--out", "broken");
    rmSync(join(cwd, "broken", "model.safetensors"));
    cpSync(join(cwd, "broken", "config.json"), join(cwd, "broken", "pytorch_model.bin"));
    const before = readdirSync(join(home, "models"));
    const refused = await run("import", "broken");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("can run code") as string });
    expect(readdirSync(join(home, "models"))).toEqual(before);
    const wrong = await run("export", "tinytalks", "--to", "onnx", "--type", "q8_0", "--out", "none");
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining("onnx has no weights of q8_0") as string,
    });
    expect(readdirSync(cwd).filter((name) => /none|\.tmp$/.test(name))).toEqual([]);
    expect((await run("import", "nowhere")).err).toContain("There is no folder nowhere");
  });
});
