import { describe, expect, it } from "vitest";
import type { RunEvent } from "../workspace/index.ts";
import { DeskTraining } from "./desk-training.ts";

async function* events(): AsyncGenerator<RunEvent, void> {
  for (let step = 0; step < 3; step++) yield { type: "progress", step } as RunEvent;
}

describe("a training of the desk", () => {
  it("has no version of the training before it: what is kept of the run's log by its version would be taken for new", async () => {
    let version = 0;
    const seen = new Set<number>();
    for (let time = 0; time < 2; time++) {
      const training = new DeskTraining("pip", 3, events, () => ++version);
      expect(seen).not.toContain(training.version);
      for (; training.live; await Promise.resolve()) seen.add(training.version);
      seen.add(training.version);
      expect(training.status).toMatchObject({ status: "ended", step: 2 });
    }
    expect(seen.size).toBeGreaterThan(2);
  });
});
