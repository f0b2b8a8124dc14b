// The worker is a built file, so all of this is tested as it is shipped.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileStorage, findModel, findRecipe, trainInWorker, writeReport } from "../dist/node/index.js";
import { lockFolder } from "../dist/node/run-lock.js";
import type { Recipe } from "../dist/train/index.js";
import { type RunEvent, Workspace } from "../dist/workspace/index.js";

/** When a process began, as the system tells it. */
const beganAt = (pid: number): string => {
  const stat = process.platform === "linux" ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
};

const temporary = (): string => mkdtempSync(join(tmpdir(), "parrotlet-"));

async function newRun(training: Partial<Recipe["training"]> = {}) {
  const root = temporary();
  const workspace = new Workspace(new FileStorage(root));
  const recipe = await findRecipe("tinytalks");
  const run = await workspace.createRun({
    ...recipe,
    training: { ...recipe.training, steps: 300, checkpointSteps: 100, ...training },
  });
  return { root, workspace, run };
}

describe("training in a thread of its own", () => {
  it("tells what happens, in order, and leaves no lock", async () => {
    const { root, run } = await newRun();
    const events: RunEvent[] = [];
    for await (const event of trainInWorker({ root, run: run.name })) events.push(event);
    expect(events[0]).toMatchObject({ type: "start", parameters: 6224 });
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "steps", step: 300 });
    expect(await run.checkpoints()).toEqual([0, 100, 200, 300]);
    expect(existsSync(join(root, run.path, "lock"))).toBe(false);
  });

  it("does nothing while nobody asks for the next event", async () => {
    const { root, run } = await newRun({ steps: 100_000, checkpointSteps: 100_000 });
    const stream = trainInWorker({ root, run: run.name, progressSteps: 10 });
    await stream.next();
    await stream.next();
    const first = (await stream.next()).value;
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = (await stream.next()).value;
    // The thread may have made the next event already, but no more than that.
    expect([first, second]).toMatchObject([{ step: 10 }, { step: 20 }]);
    await stream.return();
    expect(existsSync(join(root, run.path, "lock"))).toBe(false);
  });

  it("stops with a checkpoint when told to", async () => {
    const { root, run } = await newRun({ steps: 1_000_000, checkpointSteps: 1_000_000 });
    const stop = new AbortController();
    let last: RunEvent | undefined;
    for await (const event of trainInWorker({ root, run: run.name, signal: stop.signal })) {
      last = event;
      if (event.type === "progress") stop.abort();
    }
    expect(last).toMatchObject({ type: "end", reason: "aborted" });
    expect(await run.checkpoints()).toEqual([0, last?.type === "end" ? last.step : -1]);
    expect(await run.state()).toMatchObject({ status: "stopped" });
  });

  it("passes errors on as what they were", async () => {
    const { root, run } = await newRun({ steps: 100, checkpointSteps: 100 });
    await new FileStorage(root).write(`${run.path}/recipe.yaml`, new TextEncoder().encode("name: x"));
    await expect(trainInWorker({ root, run: run.name }).next()).rejects.toMatchObject({
      name: "ParrotletError",
      code: "recipe-invalid",
    });
  });

  it("refuses a run that another living process trains, and takes over from a dead one", async () => {
    const { root, run } = await newRun({ steps: 10, checkpointSteps: 10 });
    const lock = join(root, run.path, "lock");
    const folder = join(root, run.path);
    const unlock = await lockFolder(folder, run.name);
    const held = JSON.parse(readFileSync(lock, "utf8"));
    await expect(lockFolder(folder, run.name)).rejects.toMatchObject({ code: "run-busy" });
    await unlock();
    expect(existsSync(lock)).toBe(false);

    const parent = { ...held, pid: process.ppid, began: beganAt(process.ppid) };
    writeFileSync(lock, JSON.stringify(parent));
    await expect(lockFolder(folder, run.name)).rejects.toMatchObject({
      code: "run-busy",
      message: `Process ${process.ppid} is training tinytalks already. Wait for it, or stop it first.`,
    });
    const gone = [
      { ...held, pid: 999_999_999 },
      { ...parent, began: "1" },
    ]; // the second: its number is another's by now
    for (const text of [...gone.map((holder) => JSON.stringify(holder)), "", "{"]) {
      writeFileSync(lock, text);
      await (await lockFolder(folder, run.name))();
      expect(existsSync(lock)).toBe(false);
    }
  });
});

describe("finding a model", () => {
  it("takes the newest run, a name, a name with a step, a run's folder, a checkpoint's folder or a file in it", async () => {
    const { root, workspace, run } = await newRun({ steps: 100, checkpointSteps: 50 });
    for await (const _ of trainInWorker({ root, run: run.name }));
    const best = await run.bestStep();
    const found = async (reference?: string) => {
      const { label, step, storage, folder } = await findModel(workspace, reference);
      expect(existsSync(join(storage.describe(folder), "model.safetensors"))).toBe(true);
      return [label, step];
    };
    expect(await found()).toEqual([`tinytalks@${best}`, best]);
    expect(await found("tinytalks")).toEqual([`tinytalks@${best}`, best]);
    expect(await found("tinytalks@50")).toEqual(["tinytalks@50", 50]);
    expect(await found("tinytalks@newest")).toEqual(["tinytalks@100", 100]);
    expect(await found(join(root, run.path))).toEqual([`tinytalks@${best}`, best]);
    const folder = join(root, run.checkpointPath(50));
    expect(await found(folder)).toEqual(["step-000050", undefined]);
    expect(await found(join(folder, "model.safetensors"))).toEqual(["step-000050", undefined]);
  });

  it("says what it looked for and what there is", async () => {
    const { workspace, run } = await newRun();
    const code = "model-not-found";
    await expect(findModel(workspace)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/no trained model in .*runs yet/),
    });
    await expect(findModel(workspace, "tinytalk")).rejects.toMatchObject({
      code,
      message: expect.stringMatching(
        /neither a run in .*runs nor a folder.*Did you mean tinytalks\? There are tinytalks\./,
      ),
    });
    await new FileStorage(workspace.storage.describe(run.path)).write(
      "checkpoints/step-000000/x",
      new Uint8Array(),
    );
    await expect(findModel(workspace, "tinytalks@7")).rejects.toMatchObject({
      code,
      message: "tinytalks has no checkpoint of step 7. It has 0.",
    });
  });
});

describe("the report", () => {
  it("holds curve, scores, exam and unseen questions as Markdown and SVG", async () => {
    const { root, run } = await newRun({ steps: 100, checkpointSteps: 50 });
    expect(await writeReport(run)).toBeUndefined();
    for await (const _ of trainInWorker({ root, run: run.name }));
    const written = await writeReport(run);
    expect(written?.report).toMatchObject({ run: "tinytalks", parameters: 6224, step: 100 });
    expect(written?.report.lossFall).toBeGreaterThan(50);
    const files = new FileStorage(join(root, run.path));
    const text = async (file: string) => new TextDecoder().decode(await files.read(file));
    const report = await text("report.md");
    expect(report).toContain("# tinytalks");
    expect(report).toContain("## Unseen (these questions are not in the training data)");
    expect(report).toMatch(/\| What is the sky \| .* \| The sky is blue \|/);
    for (const picture of ["loss.svg", "accuracy.svg"]) {
      expect(report).toContain(`](${picture})`);
      expect(await text(picture)).toMatch(/^<svg [^>]*>[\s\S]*<path d="M[\d.,L]+"[\s\S]*<\/svg>\n$/);
    }
  });
});
