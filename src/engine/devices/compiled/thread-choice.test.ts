import { describe, expect, it } from "vitest";
import { ThreadChoice } from "./thread-choice.ts";

/** How many of some runs all threads did, where runs take so many milliseconds. */
function together(choice: ThreadChoice, runs: number, ms: { alone: number; together: number }): number {
  let count = 0;
  for (let run = 0; run < runs; run++) {
    const all = choice.next();
    if (all) count++;
    choice.took(all, all ? ms.together : ms.alone);
  }
  return count / runs;
}

describe("the number of threads", () => {
  it("is what is faster, with few trials of the other", () => {
    const choice = new ThreadChoice(4);
    const free = together(choice, 5000, { alone: 4, together: 1 });
    expect(free).toBeGreaterThan(0.98);
    expect(free).toBeLessThan(1);
  });

  it("changes when the processors are wanted by others, and changes back", () => {
    const choice = new ThreadChoice(2);
    together(choice, 200, { alone: 2, together: 1 });
    together(choice, 500, { alone: 2, together: 10 });
    expect(together(choice, 1000, { alone: 2, together: 10 })).toBeLessThan(0.02);
    together(choice, 500, { alone: 2, together: 1 });
    expect(together(choice, 1000, { alone: 2, together: 1 })).toBeGreaterThan(0.95);
  });

  it("is all where a trial would be felt", () => {
    expect(together(new ThreadChoice(16), 5000, { alone: 1600, together: 100 })).toBe(1);
  });
});
