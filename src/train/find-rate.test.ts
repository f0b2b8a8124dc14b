import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { readCorpus } from "../data/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { type FindRateEvent, type FindRateOptions, findRate } from "./find-rate.ts";
import { checkRecipe } from "./parse-recipe.ts";
import { train } from "./train.ts";

const pairs = "- {question: a, answer: bc}\n- {question: b, answer: ca}\n- {question: cc, answer: ab}";
const corpus = readCorpus(encodeText(pairs), "abc.yaml");

const jobOf = (rate = 0.001, seed = 1) => ({
  recipe: checkRecipe({
    name: "abc",
    data: "abc.yaml",
    seed,
    model: { width: 8, layers: 1, heads: 2, contextWindow: 8, deviation: 0.2 },
    training: { steps: 60, batch: 3, checkpointSteps: 60 },
    optimizer: { rate },
    schedule: { kind: "constant" },
  }),
  data: { kind: "pairs", corpus, hash: "hash" } as const,
  device: new ReferenceDevice(),
});

async function search(options: FindRateOptions = {}, seed = 1) {
  const events: FindRateEvent[] = [];
  for await (const event of findRate(jobOf(0.001, seed), { from: 1e-5, to: 10, steps: 80, ...options }))
    events.push(event);
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error("no end");
  return { events, end };
}

/** The loss after a training at a constant rate; infinite where it diverged. */
async function lossAfter(rate: number): Promise<number> {
  let loss = Number.POSITIVE_INFINITY;
  try {
    for await (const event of train(jobOf(rate))) if (event.type === "checkpoint") loss = event.loss;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  return loss;
}

describe("findRate", () => {
  it("suggests a rate that trains well, far better than a hundred times as much or as little", async () => {
    const { rate = 0 } = (await search()).end.suggestion ?? {};
    const loss = await lossAfter(rate);
    expect(loss).toBeLessThan(0.75 * (await lossAfter(rate / 100)));
    expect(loss).toBeLessThan(0.75 * (await lossAfter(rate * 100)));
  });

  it("raises the rate by the same factor with each step, and smooths the loss", async () => {
    const { events, end } = await search({ from: 1e-4, to: 1e-2, steps: 21 });
    expect(events[0]).toMatchObject({ type: "start", from: 1e-4, to: 1e-2, steps: 21, device: "reference" });
    expect(end.reason).toBe("steps");
    expect(end.points).toHaveLength(21);
    for (const [index, { rate, smoothed }] of end.points.entries()) {
      expect(rate).toBeCloseTo(1e-4 * 10 ** (index / 10), 8);
      const past = end.points.slice(0, index + 1).map(({ loss }, at) => [loss, 0.9 ** (index - at)] as const);
      const weights = past.reduce((sum, [, weight]) => sum + weight, 0);
      expect(smoothed).toBeCloseTo(past.reduce((sum, [loss, weight]) => sum + loss * weight, 0) / weights, 8);
    }
  });

  it("does the same again by the same seed, and something else by another", async () => {
    const few = { steps: 20 };
    expect((await search(few)).end).toEqual((await search(few)).end);
    expect((await search(few)).end).not.toEqual((await search(few, 2)).end);
  });

  it("stops where the loss explodes, and no training that diverges is an error", async () => {
    const { end } = await search({ to: 1e9, steps: 100 });
    expect(end.reason).toBe("exploded");
    expect(end.points.length).toBeLessThan(100);
    expect(end.suggestion).toBeDefined();
  });

  it("stops when told to", async () => {
    const { end } = await search({ signal: AbortSignal.abort() });
    expect([end.reason, end.points.length]).toEqual(["aborted", 1]);
  });

  it.each([{ from: 0 }, { from: 1, to: 0.1 }, { steps: 5 }])("refuses %j", async (options) => {
    await expect(search(options)).rejects.toMatchObject({ code: "rate-range" });
  });
});
