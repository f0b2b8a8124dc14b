import { describe, expect, it } from "vitest";
import { ReferenceDevice } from "../engine/index.ts";
import { corpusFromItems } from "./corpus-from-items.ts";
import { checkRecipe, formatRecipe, parseRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { resolveLength, rowsOfAnEpoch } from "./resolve-length.ts";
import { train } from "./train.ts";

const recipe = (training: object, schedule: object = {}): Recipe =>
  checkRecipe({
    name: "some",
    task: "corpus",
    data: "some",
    model: { width: 8, layers: 1, heads: 2, contextWindow: 10 },
    training: { batch: 2, ...training },
    schedule,
  });

describe("the length of a training", () => {
  it.each([
    [{ steps: 7 }, 7],
    [{ epochs: 1 }, 50],
    [{ epochs: 0.101 }, 6],
    [{ epochs: 3, accumulate: 5 }, 30],
    [{ tokens: 1 }, 1],
    [{ tokens: 1000 }, 50],
    [{ tokens: 1001, batch: 1 }, 101],
  ])("%j of 100 rows of 10 tokens is %i steps", (training, steps) => {
    const resolved = resolveLength(recipe(training), 100);
    expect(resolved.training.steps).toBe(steps);
    expect(Object.keys(resolved.training)).not.toContain("epochs");
    expect(resolveLength(resolved, 7)).toEqual(resolved);
    expect(parseRecipe(formatRecipe(resolved), "again")).toEqual(resolved);
  });

  it("in place of the recipe's own stretches the warm-up, and keeps checkpoints few", () => {
    const own = recipe({ steps: 100, checkpointSteps: 50 }, { warmup: 10 });
    const longer = resolveLength(own, 100, { epochs: 20 });
    expect(longer).toMatchObject({
      training: { steps: 1000, checkpointSteps: 125 },
      schedule: { warmup: 100 },
    });
    expect(resolveLength(own, 100, { steps: 4 })).toMatchObject({
      training: { steps: 4 },
      schedule: { warmup: 0 },
    });
    expect(resolveLength(own, 100, { steps: 100 })).toEqual(own);
  });

  it.each([
    [{}, /training must say how long it trains: steps, epochs or tokens/],
    [{ steps: 1, epochs: 1 }, /training says steps and epochs, but each alone says how long it trains/],
    [{ epochs: 1, tokens: 9 }, /training says epochs and tokens/],
    [{ epochs: 0 }, /training.epochs is 0; it must be at least/],
  ])("%j is refused", (training, message) => {
    expect(() => recipe(training)).toThrow(message);
  });

  it("refuses a warm-up that is longer, once it is known, and minutes alone", () => {
    const warm = recipe({ epochs: 0.1 }, { warmup: 5 });
    expect(() => resolveLength(warm, 100)).toThrow(/schedule.warmup is 5, but there are only 5 steps/);
    expect(() => resolveLength(recipe({ minutes: 2 }), 100)).toThrow(
      /training.minutes is 2 .* estimateSteps/,
    );
  });

  it("is found out by train() itself, and what it was is kept in checkpoints", async () => {
    const epochs = recipe({ epochs: 2 });
    const text = "so much text, and then some more of it. ".repeat(4);
    const data = await corpusFromItems([text], epochs);
    const steps = Math.ceil(rowsOfAnEpoch(data));
    const kept: unknown[] = [];
    for await (const event of train({ recipe: epochs, data, device: new ReferenceDevice() })) {
      if (event.type === "start") expect(event.steps).toBe(steps);
      if (event.type === "checkpoint") kept.push(event.checkpoint.training?.recipe);
      if (event.type === "end") expect(event).toMatchObject({ reason: "steps", step: steps });
    }
    expect(kept.at(-1)).toMatchObject({ training: { steps } });
  });
});
