import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyPack, writeTinyPack } from "../../test/tiny-pack.ts";
import { readPack } from "../data/index.ts";
import { checkRecipe, dataEntries } from "../train/index.ts";
import { findRecipe, findTraining, loadData } from "./library.ts";
import { openPack } from "./packs.ts";
import { recipeForCharacter } from "./recipe-for-character.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parrotlet-pack-"));
});
afterEach(() => rmSync(home, { recursive: true }));

describe("a character's file", () => {
  it("is read with the world beside it", async () => {
    const path = writeTinyPack(home);
    const { name, pack, path: file } = await openPack(path);
    expect([name, file, pack.character]).toEqual(["kiki", path, "Kiki"]);
    const read = readPack(new Map(Object.entries(tinyPack)), "kiki");
    expect([...pack.tables.keys()].sort()).toEqual([...read.tables.keys()].sort());
    expect(pack.blocks.map(({ skill }) => skill)).toEqual(read.blocks.map(({ skill }) => skill));
  });

  it("is another pack after any change, and the same after none", async () => {
    const path = writeTinyPack(home);
    const before = await openPack(path);
    expect((await openPack(path)).hash).toBe(before.hash);
    const changes: Record<string, string> = {
      "kiki.yaml": "me: { name: Koko, likes: [rain] }\nfriends: [Bo, Lu]",
      "world/colors.yaml": "colors: [red, green]",
    };
    const hashes = [before.hash];
    for (const [file, text] of Object.entries(changes)) {
      writeTinyPack(home, { [file]: text });
      const { hash, pack } = await openPack(path);
      hashes.push(hash);
      expect(pack.character).toBe(file === "kiki.yaml" ? "Koko" : "Kiki");
    }
    expect(new Set(hashes).size).toBe(3);
  });

  it("may have files of two endings, which are told by their own names, and none that is too long", async () => {
    const path = writeTinyPack(home, { "world/animals.yml": "numbers: [one, two]" });
    expect((await openPack(path)).pack.tables.has("animals")).toBe(true);
    writeTinyPack(home, { "world/animals.yml": "numbers: 3" });
    await expect(openPack(path)).rejects.toThrow("world/animals.yml, line 1");
    writeTinyPack(home, { "world/animals.yml": "#".repeat((8 << 20) + 1) });
    await expect(openPack(path)).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringContaining("has 8388609 bytes"),
    });
  });

  it("that is not there is told, with the one that was meant", async () => {
    writeTinyPack(home);
    const wrong = openPack(join(home, "kikki.yaml"));
    await expect(wrong).rejects.toMatchObject({
      code: "pack-not-found",
      message: expect.stringContaining("Did you mean kiki.yaml?"),
    });
    await expect(openPack("nobody-of-this-name")).rejects.toMatchObject({ code: "pack-not-found" });
    await expect(openPack(home)).rejects.toMatchObject({ code: "pack-not-found" });
  });
});

describe("a training by a character's file", () => {
  const base = checkRecipe({
    name: "base",
    task: "corpus",
    data: [
      { source: "pack:pip/stories?size=1MB", weight: 1 },
      { source: "pack:pip/questions", weight: 2 },
      { source: "/notes.txt", weight: 3 },
    ],
    model: { width: 8, layers: 1, heads: 1, contextWindow: 32 },
    training: { steps: 1 },
    evaluation: { data: "pack:pip/questions?seed=2" },
  });

  it("is meant by its name, and by no other YAML", async () => {
    const path = writeTinyPack(home);
    expect(await findTraining(path)).toEqual({ kind: "character", character: path });
    const recipe = join(home, "recipe.yaml");
    writeFileSync(
      recipe,
      "name: a\ntask: corpus\ndata: pack:./kiki.yaml/stories\nreading:\n  me: Ada\nmodel: { width: 8, layers: 1, heads: 1, contextWindow: 8 }\ntraining: { steps: 1 }",
    );
    expect(await findTraining(recipe)).toMatchObject({
      kind: "recipe",
      recipe: { data: `pack:${path}/stories` },
    });
    expect(await findTraining("pack:pip/stories")).toEqual({ kind: "corpus", source: "pack:pip/stories" });
  });

  it("goes by another's recipe, with its own text and name", async () => {
    const path = writeTinyPack(home);
    const recipe = await recipeForCharacter(base, path);
    expect(recipe).toEqual({
      ...base,
      name: "kiki",
      data: [
        { source: `pack:${path}/stories?size=1MB`, weight: 1 },
        { source: `pack:${path}/questions`, weight: 2 },
        { source: "/notes.txt", weight: 3 },
      ],
      evaluation: { ...base.evaluation, data: `pack:${path}/questions?seed=2` },
    });
    expect((await recipeForCharacter({ ...base, data: "tinytalks", task: "pairs" }, path)).data).toBe(
      `pack:${path}`,
    );
  });

  it("goes by the recipe of the program's own character", async () => {
    const path = writeTinyPack(home);
    const own = await findRecipe("pip-quick");
    const { name, data, evaluation, ...rest } = await recipeForCharacter(own, path);
    expect([name, { ...own, ...rest }]).toEqual(["kiki", own]);
    expect(evaluation.data).toBe(`pack:${path}/conversations?size=50KB&seed=99`);
    for (const { source } of dataEntries(data)) expect(source.startsWith(`pack:${path}/`)).toBe(true);
  });

  it("is of that character, and of nobody where there are two", async () => {
    const ours = `pack:${writeTinyPack(home)}/questions?size=20KB`;
    const other = join(home, "other");
    mkdirSync(other);
    const theirs = `pack:${writeTinyPack(other, { "kiki.yaml": "me: { name: Koko, likes: [rain] }\nfriends: [Bo, Lu]" })}/questions?size=20KB`;
    const { evaluation: _, ...plain } = base;
    const characterIn = async (...sources: string[]): Promise<string | undefined> => {
      const data = sources.map((source) => ({ source, weight: 1 }));
      const recipe = checkRecipe({ ...plain, data, model: { ...base.model, contextWindow: 128 } });
      return (await loadData(recipe, { root: home })).character;
    };
    expect(await characterIn(ours)).toBe("Kiki");
    expect(await characterIn(ours, theirs)).toBeUndefined();
  });

  it("tells a mistake in the file at once", async () => {
    const path = writeTinyPack(home, { "kiki.yaml": "me: { name: Kiki }\nadd: { animls: [cat] }" });
    await expect(recipeForCharacter(base, path)).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringMatching(/kiki\.yaml, line 2.*animals/),
    });
  });
});
