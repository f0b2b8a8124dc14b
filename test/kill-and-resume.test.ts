import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Rng } from "../src/base/index.ts";
import { parrotlet, steps as play, temporaryFolder } from "./run-cli.ts";

const recipe = (steps: number): string[] => [
  "tinytalks",
  "--steps",
  String(steps),
  "--checkpoint-steps",
  "200",
];

/** SHA-256 over every file of the last checkpoint. */
function lastCheckpoint(home: string, steps: number): string {
  const folder = join(home, "runs/tinytalks/checkpoints", `step-${String(steps).padStart(6, "0")}`);
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

describe("a training", () => {
  it("killed at ten random moments and resumed ends in the bytes of one that was not", async () => {
    const steps = 8000;
    const whole = temporaryFolder();
    expect((await parrotlet(["train", ...recipe(steps)], { home: whole })).code).toBe(0);

    const home = temporaryFolder();
    const rng = new Rng(Number(process.env["PARROTLET_TEST_SEED"] ?? 1));
    const begunAt: number[] = [];
    for (let kills = 0; kills < 10; kills++) {
      // From before the first checkpoint to some time after the third.
      const seen = new RegExp(`^steps .*\\n([^]*?^step .*\\n){${rng.below(4)}}`, "m");
      const moment = rng.below(60);
      const { code, out } = await parrotlet(
        kills > 0 ? ["resume", "tinytalks"] : ["train", ...recipe(steps)],
        { home, started: play([seen, (child) => setTimeout(() => child.kill("SIGKILL"), moment)]) },
      );
      expect(code).toBeNull();
      begunAt.push(Number(/^steps ([\d,]+) to/m.exec(out)?.[1]?.replaceAll(",", "")));
    }
    expect(begunAt.filter((step) => step > 0).length).toBeGreaterThan(3); // else it has shown nothing
    expect((await parrotlet(["resume", "tinytalks"], { home })).code).toBe(0);
    expect(lastCheckpoint(home, steps)).toBe(lastCheckpoint(whole, steps));
  });

  it("interrupted with Ctrl-C saves, says how to go on, and ends in the same bytes too", async () => {
    const steps = 2000;
    const whole = temporaryFolder();
    await parrotlet(["train", ...recipe(steps)], { home: whole });
    const home = temporaryFolder();
    const stopped = await parrotlet(["train", ...recipe(steps)], {
      home,
      started: play(["step     400", (child) => child.kill("SIGINT")]),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.out).toMatch(/Stopped at step [\d,]+\. Go on: parrotlet resume tinytalks/);
    expect((await parrotlet(["resume", "tinytalks"], { home })).code).toBe(0);
    expect(lastCheckpoint(home, steps)).toBe(lastCheckpoint(whole, steps));
    const again = await parrotlet(["resume", "tinytalks"], { home });
    expect(again.out).toContain("tinytalks is finished: 2,000 steps.");
  });
});
