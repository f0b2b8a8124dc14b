import { describe, expect, it } from "vitest";
import type { ScheduleRecipe } from "./recipe.ts";
import { rateAt } from "./schedule.ts";

const at = (schedule: ScheduleRecipe, ...steps: number[]): number[] =>
  steps.map((step) => rateAt(step, 100, 2, schedule));

describe("the learning rate", () => {
  it("rises over the warm-up and then falls as a cosine to the floor", () => {
    const rates = at({ kind: "cosine", warmup: 20, floor: 0.1, cooldown: 0 }, 1, 10, 20, 60, 100);
    for (const [i, rate] of [0.1, 1, 2, 1.1, 0.2].entries()) expect(rates[i]).toBeCloseTo(rate, 10);
  });

  it("falls in a line", () => {
    const rates = at({ kind: "linear", warmup: 0, floor: 0, cooldown: 0 }, 50, 75, 100);
    for (const [i, rate] of [1, 0.5, 0].entries()) expect(rates[i]).toBeCloseTo(rate, 10);
  });

  it("stays at the top and falls in the cooldown", () => {
    const rates = at({ kind: "wsd", warmup: 10, floor: 0.2, cooldown: 0.4 }, 5, 10, 60, 80, 100);
    for (const [i, rate] of [1, 2, 2, 1.2, 0.4].entries()) expect(rates[i]).toBeCloseTo(rate, 10);
  });

  it("stays constant", () => {
    expect(at({ kind: "constant", warmup: 2, floor: 0, cooldown: 0 }, 1, 2, 3, 100)).toEqual([1, 2, 2, 2]);
  });
});
