import { describe, expect, it } from "vitest";
import { ReferenceDevice } from "../engine/index.ts";
import { corpusFromItems, type LooseItem } from "./corpus-from-items.ts";
import { checkRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { train } from "./train.ts";

const text = Array.from({ length: 40 }, (_, i) => `${i} times ${(i * 7) % 11}, `).join("");
const talks = Array.from({ length: 12 }, (_, i) => [
  { role: "user", text: `${"count ".repeat(i % 3)}${i}` } as const,
  { role: "assistant", text: "yes ".repeat(1 + ((i * 5) % 4)) } as const,
]);

const recipe = (training: object, optimizer: object = {}): Recipe =>
  checkRecipe({
    name: "some",
    task: "corpus",
    data: "some",
    model: { width: 8, layers: 1, heads: 2, contextWindow: 32, deviation: 0.2 },
    training: { steps: 4, checkpointSteps: 1, ...training },
    optimizer: { rate: 0.05, ...optimizer },
    schedule: { kind: "constant" },
    evaluation: { mostTokens: 64 },
  });

/** The loss of each step, and after each, from 0, the weights that are kept and those that are trained. */
async function follow(of: Recipe, items: readonly LooseItem[]) {
  const losses: number[] = [];
  const weights: { readonly kept: Float32Array; readonly live: Float32Array | undefined }[] = [];
  const job = { recipe: of, data: await corpusFromItems(items, of), device: new ReferenceDevice() };
  for await (const event of train(job, { progressSteps: 1 })) {
    if (event.type === "progress") losses.push(event.loss);
    if (event.type !== "checkpoint") continue;
    const { model, weights: kept, optimizer } = event.checkpoint;
    const read = optimizer?.get("weights");
    weights.push({
      kept: joined(model.parameters.map((parameter) => kept.read(parameter))),
      live: read && joined(model.parameters.map(read)),
    });
  }
  return { losses, weights };
}

const joined = (arrays: readonly Float32Array[]): Float32Array =>
  Float32Array.from(arrays.flatMap((array) => [...array]));

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN))));
}

describe("four batches of two rows in a step", () => {
  const data: Readonly<Record<string, readonly [items: readonly LooseItem[], training: object]>> = {
    text: [[text], {}],
    "answers of unequal lengths": [talks, { lossOn: "answers-only" }],
    "smoothed targets": [talks, { lossOn: "answers-only", labelSmoothing: 0.2 }],
  };
  const kinds = ["sgd", "adamw", "muon"].flatMap((kind) =>
    Object.entries(data).map(([name, [items, training]]) => [kind, name, items, training] as const),
  );

  it.each(kinds)("are one of eight: %s on %s", async (kind, _, items, training) => {
    // Adam divides by the root of gradients that may be 0; with a larger epsilon their rounding does not show.
    const optimizer = { kind, epsilon: 1e-3 };
    const few = await follow(recipe({ ...training, batch: 2, accumulate: 4 }, optimizer), items);
    const many = await follow(recipe({ ...training, batch: 8 }, optimizer), items);
    expect(few.losses).toHaveLength(4);
    expect(largestDifference(few.losses, many.losses)).toBeLessThan(1e-5);
    for (const [step, { kept }] of many.weights.entries())
      expect(largestDifference(few.weights[step]?.kept ?? [], kept)).toBeLessThan(1e-5);
    expect(largestDifference(many.weights[0]?.kept ?? [], many.weights[4]?.kept ?? [])).toBeGreaterThan(0.01);
  });
});

describe("the moving average of the weights", () => {
  it.each(["adamw", "sgd"])("is that of a loop, with %s", async (kind) => {
    const decay = 0.5; // from step 10 on; before it, step / (step + 10)
    const { weights } = await follow(recipe({ steps: 14, batch: 2, ema: decay }, { kind }), [text]);
    const average = Float64Array.from(weights[0]?.live ?? []);
    for (const [step, { kept, live }] of weights.entries()) {
      const taken = 1 - Math.min(decay, step / (step + 10));
      for (const [i, x] of average.entries()) average[i] = x + taken * ((live?.[i] ?? Number.NaN) - x);
      expect(largestDifference(kept, average)).toBeLessThan(1e-6);
    }
    const last = weights.at(-1);
    expect(largestDifference(last?.kept ?? [], last?.live ?? [])).toBeGreaterThan(1e-3);
  });
});
