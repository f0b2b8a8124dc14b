import { describe, expect, it } from "vitest";
import { encodeText, MemoryStorage } from "../base/index.ts";
import { checkRecipe } from "../train/index.ts";
import { Workspace } from "./workspace.ts";

const recipe = checkRecipe({
  name: "abc",
  data: "abc.yaml",
  model: { width: 4, layers: 1, heads: 1, contextWindow: 8 },
  training: { steps: 12 },
});

describe("a workspace", () => {
  it("gives a new run a free name and keeps its recipe", async () => {
    const workspace = new Workspace(new MemoryStorage());
    const names = [];
    for (let i = 0; i < 3; i++) names.push((await workspace.createRun(recipe)).name);
    names.push((await workspace.createRun(recipe, "my-model")).name);
    expect(names).toEqual(["abc", "abc-2", "abc-3", "my-model"]);
    expect(await (await workspace.run("abc-2")).recipe()).toEqual(recipe);
  });

  it.each(["../x", "a/b", "", ".hidden", "dot.", "x".repeat(65), "a\nb", "con|prn", "NUL", "com1.x"])(
    "refuses the name %j",
    async (name) => {
      await expect(new Workspace(new MemoryStorage()).createRun(recipe, name)).rejects.toMatchObject({
        code: "bad-name",
      });
    },
  );

  it("says what there is when a run is not found", async () => {
    const workspace = new Workspace(new MemoryStorage());
    await expect(workspace.run("abc")).rejects.toMatchObject({
      code: "run-not-found",
      message: 'There is no run "abc" in runs. There is none yet: train one with parrotlet train.',
    });
    await workspace.createRun(recipe);
    await expect(workspace.run("abd")).rejects.toMatchObject({
      message: 'There is no run "abd" in runs. Did you mean abc? There are abc.',
    });
  });

  it("lists runs that have not begun, and ignores state that it cannot read", async () => {
    const storage = new MemoryStorage();
    const workspace = new Workspace(storage);
    await workspace.createRun(recipe);
    await storage.write("runs/abc/run.json", encodeText("{"));
    expect(await workspace.summaries()).toEqual([
      { name: "abc", state: undefined, damage: undefined, step: 0, steps: 12, perfect: 0, pairs: 0 },
    ]);
  });

  it("lists a damaged run beside the others", async () => {
    const storage = new MemoryStorage();
    const workspace = new Workspace(storage);
    await workspace.createRun(recipe);
    await workspace.createRun(recipe);
    await storage.write("runs/abc/checkpoints/step-000004/parrotlet.json", encodeText('{"format":7}'));
    await storage.write("runs/abc/run.json", encodeText('{"format":1}'));
    const [first, second] = (await workspace.summaries()).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(first).toMatchObject({
      name: "abc",
      state: undefined,
      damage: expect.stringContaining("its format is 7"),
    });
    expect(second).toMatchObject({ name: "abc-2", damage: undefined });
  });

  it("makes a run once, also where upper and lower case are the same", async () => {
    const workspace = new Workspace(new MemoryStorage());
    await workspace.createRun(recipe, "Abc");
    expect((await workspace.createRun(recipe, "abc")).name).toBe("abc-2");
    const both = await Promise.all([
      workspace.createRun(recipe, "twin"),
      workspace.createRun(recipe, "twin"),
    ]);
    expect(both.map(({ name }) => name).sort()).toEqual(["twin", "twin-2"]);
  });

  it("says which file of a run is damaged", async () => {
    const storage = new MemoryStorage();
    const workspace = new Workspace(storage);
    await workspace.createRun(recipe);
    const run = await workspace.run("abc");
    await storage.write("runs/abc/recipe.yaml", encodeText("name: abc"));
    await expect(run.recipe()).rejects.toMatchObject({
      code: "recipe-invalid",
      message: expect.stringContaining("runs/abc/recipe.yaml"),
    });
    await storage.remove("runs/abc/recipe.yaml");
    await storage.write("runs/abc/events.jsonl", encodeText('{"type":"end"}\nnull\n7\n{"type":"pro'));
    await expect(run.recipe()).rejects.toMatchObject({ code: "run-damaged" });
    expect(await run.events()).toEqual([{ type: "end" }]);
  });
});
