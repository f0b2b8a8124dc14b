import { describe, expect, it } from "vitest";
import { encodeText, MemoryStorage, type Storage } from "../base/index.ts";
import { dyingAt } from "../base/storage.contract.ts";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/index.ts";
import { readCorpus } from "../data/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { checkRecipe, formatRecipe } from "../train/index.ts";
import type { RunEvent } from "./run.ts";
import { trainRun } from "./train-run.ts";
import { Workspace } from "./workspace.ts";

const corpus = readCorpus(encodeText("- {question: a, answer: bc}\n- {question: b, answer: ca}"), "abc.yaml");
const recipe = checkRecipe({
  name: "abc",
  data: "abc.yaml",
  model: { width: 4, layers: 1, heads: 1, contextWindow: 8 },
  training: { steps: 12, batch: 2, checkpointSteps: 4 },
});
const now = () => new Date(0);

/** Trains a run to its end, or until the storage breaks. */
async function play(storage: Storage, name = "abc"): Promise<RunEvent[]> {
  const run = await new Workspace(storage).run(name);
  const events: RunEvent[] = [];
  for await (const event of trainRun({
    run,
    data: { kind: "pairs", corpus, hash: "hash" },
    device: new ReferenceDevice(),
    now,
  }))
    events.push(event);
  return events;
}

/** All files below a path, by name. */
async function snapshot(storage: Storage, path: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { name, kind } of await storage.list(path)) {
    if (kind === "file") files.set(name, (await storage.read(`${path}/${name}`)) ?? new Uint8Array());
    else
      for (const [file, bytes] of await snapshot(storage, `${path}/${name}`))
        files.set(`${name}/${file}`, bytes);
  }
  return files;
}

async function newRun(): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  await new Workspace(storage).createRun(recipe);
  return storage;
}

describe("a run", () => {
  it("keeps its recipe, events, checkpoints and state; the newest checkpoint alone has an optimizer", async () => {
    const storage = await newRun();
    const events = await play(storage);
    const run = await new Workspace(storage).run("abc");
    expect(await run.checkpoints()).toEqual([0, 4, 8, 12]);
    expect(await run.resumableStep()).toBe(12);
    const files = [...(await snapshot(storage, "runs/abc")).keys()];
    expect(files.filter((file) => file.includes("optimizer"))).toEqual([
      "checkpoints/step-000012/optimizer.safetensors",
    ]);
    expect(await run.state()).toMatchObject({
      status: "finished",
      reason: "steps",
      parameters: expect.any(Number),
    });
    expect(await run.events()).toEqual(events);
    expect(await run.bestStep()).toBe((await run.newest())?.best.step);
  });

  it("has the same bytes at its end wherever it was killed and resumed", async () => {
    const whole = await newRun();
    await play(whole);
    const expected = await snapshot(whole, "runs/abc/checkpoints");
    const expectedEvents = (await (await new Workspace(whole).run("abc")).events()).map(timeless);
    let kills = 0;
    for (let change = 1; ; change++) {
      const storage = await newRun();
      const outcome = await play(dyingAt(storage, change)).then(
        () => "ended",
        (error: Error) => error.message,
      );
      if (outcome === "ended") break;
      kills++;
      expect(outcome).toBe("killed");
      await play(storage);
      expect(await snapshot(storage, "runs/abc/checkpoints"), `killed at change ${change}`).toEqual(expected);
      const events = (await (await new Workspace(storage).run("abc")).events()).filter(
        ({ type }) => type !== "start",
      );
      expect(events.map(timeless), `events after change ${change}`).toEqual(
        expectedEvents.filter(({ type }) => type !== "start"),
      );
    }
    expect(kills).toBeGreaterThan(60);
  });

  it("that begins with a model comes to the same bytes wherever it was killed, and needs the model only at its start", async () => {
    const source = await newRun();
    await play(source);
    const said = {
      ...recipe,
      data: "some/folder/abc.yaml",
      from: { model: "some/folder/abc@12", hash: "a".repeat(64) },
      evaluation: { ...recipe.evaluation, data: "some/folder/held.txt" },
    };
    const device = new ReferenceDevice();
    let loads = 0;
    const loadFrom = (): Promise<Checkpoint> => {
      loads++;
      return loadCheckpoint(source, "runs/abc/checkpoints/step-000012", device);
    };
    const fresh = async (): Promise<MemoryStorage> => {
      const storage = new MemoryStorage();
      await new Workspace(storage).createRun(said);
      return storage;
    };
    const data = { kind: "pairs", corpus, hash: "hash" } as const;
    const begun = async (storage: Storage): Promise<void> => {
      const run = await new Workspace(storage).run("abc");
      for await (const _ of trainRun({ run, data, device, loadFrom, now }));
    };
    const whole = await fresh();
    await begun(whole);
    const expected = await snapshot(whole, "runs/abc/checkpoints");
    expect((await (await new Workspace(whole).run("abc")).record(4))?.recipe).toMatchObject({
      data: "abc.yaml",
      from: { model: "abc@12" },
      evaluation: { data: "held.txt" },
    });
    const first = expected.get("step-000000/model.safetensors");
    expect(first).toEqual(await source.read("runs/abc/checkpoints/step-000012/model.safetensors"));
    for (let change = 1; ; change += 5) {
      const storage = await fresh();
      const died = await begun(dyingAt(storage, change)).then(
        () => false,
        () => true,
      );
      if (!died) break;
      const [before, step] = [loads, await (await new Workspace(storage).run("abc")).resumableStep()];
      await begun(storage);
      expect(loads - before).toBe(step === undefined ? 1 : 0);
      expect(await snapshot(storage, "runs/abc/checkpoints"), `killed at change ${change}`).toEqual(expected);
    }
  });

  it("that waits for perfect answers ends at the same step wherever it was killed", async () => {
    const patient = checkRecipe({
      name: "abc",
      data: "abc.yaml",
      model: { width: 8, layers: 1, heads: 2, contextWindow: 8, deviation: 0.2 },
      training: { steps: 400, batch: 4, checkpointSteps: 20, stopWhenPerfect: "all" },
      optimizer: { rate: 0.02 },
    });
    const fresh = async (): Promise<MemoryStorage> => {
      const storage = new MemoryStorage();
      await new Workspace(storage).createRun(patient);
      return storage;
    };
    const whole = await fresh();
    const end = (await play(whole)).at(-1);
    expect(end).toMatchObject({ type: "end", reason: "perfect" });
    const expected = await snapshot(whole, "runs/abc/checkpoints");
    for (let change = 60; change < 1000; change += 7) {
      const storage = await fresh();
      const died = await play(dyingAt(storage, change)).then(
        () => false,
        () => true,
      );
      if (!died) break;
      expect((await play(storage)).at(-1)).toMatchObject({ reason: "perfect", step: end?.step });
      expect(await snapshot(storage, "runs/abc/checkpoints"), `killed at change ${change}`).toEqual(expected);
    }
  });

  it("is not mixed with other data or another recipe, and goes on when only the data's place changes", async () => {
    const storage = await newRun();
    await play(dyingAt(storage, 40)).catch(() => {});
    const run = await new Workspace(storage).run("abc");
    const device = new ReferenceDevice();
    const resumed = (hash: string) =>
      trainRun({ run, data: { kind: "pairs", corpus, hash }, device, now }).next();
    await expect(resumed("other")).rejects.toMatchObject({ code: "data-changed" });
    const edit = (changed: object) =>
      storage.write(`${run.path}/recipe.yaml`, encodeText(formatRecipe({ ...recipe, ...changed })));
    await edit({ seed: 9 });
    await expect(resumed("hash")).rejects.toMatchObject({
      code: "recipe-changed",
      message: expect.stringContaining("recipe.yaml"),
    });
    await edit({ data: "elsewhere/abc.yaml" });
    expect((await play(storage)).at(-1)).toMatchObject({ type: "end", reason: "steps" });
  });

  it("that fails says so in its state", async () => {
    const storage = new MemoryStorage();
    const optimizer = { kind: "sgd", rate: 100, clipNorm: 0 };
    const wild = checkRecipe({ ...recipe, training: { ...recipe.training, steps: 500 }, optimizer });
    await new Workspace(storage).createRun(wild);
    await expect(play(storage)).rejects.toMatchObject({ code: "training-diverged" });
    const workspace = new Workspace(storage);
    expect(await (await workspace.run("abc")).state()).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/stopped being a number/),
    });
  });

  it("survives being killed again and again", async () => {
    const whole = await newRun();
    await play(whole);
    const storage = await newRun();
    for (let attempt = 0; attempt < 12; attempt++) {
      const finished = await play(dyingAt(storage, 9 + 5 * attempt)).then(
        () => true,
        () => false,
      );
      if (finished) break;
    }
    await play(storage);
    expect(await snapshot(storage, "runs/abc/checkpoints")).toEqual(
      await snapshot(whole, "runs/abc/checkpoints"),
    );
  });
});

/** An event without what depends on the clock, to be compared. */
function timeless(event: RunEvent): Record<string, unknown> & { type: string } {
  const { seconds, stepsPerSecond, tokensPerSecond, secondsLeft, ...rest } = event as unknown as Record<
    string,
    unknown
  >;
  return rest as Record<string, unknown> & { type: string };
}
