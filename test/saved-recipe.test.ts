import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRecipe } from "../src/train/index.ts";
import { parrotlet, temporaryFolder } from "./run-cli.ts";

const lines = Array.from({ length: 300 }, (_, i) => `${i} gulls sat on ${(i * 37) % 101} posts.`);

/** All files of a run's newest checkpoint. */
function newest(home: string, run: string): ReadonlyMap<string, string> {
  const folder = join(home, "runs", run, "checkpoints");
  const last = join(folder, readdirSync(folder).sort().at(-1) ?? "");
  return new Map(readdirSync(last).map((file) => [file, readFileSync(join(last, file), "base64")]));
}

describe("the recipe that a run keeps", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "of a text, by epochs": ["gulls.txt", "--epochs", "0.3", "--prompt", "12 gulls", "--batch-size", "4"],
    "of a recipe with tokens and a mixture": ["mixed.yaml", "--learning-rate", "0.01"],
    "of a recipe of its own data on others": ["gulls.txt", "--recipe", "mixed.yaml"],
  };

  it.each(Object.entries(cases))("%s repeats it to the same bytes, wherever it lies", async (_, args) => {
    const home = temporaryFolder();
    writeFileSync(join(home, "gulls.txt"), lines.join("\n"));
    writeFileSync(
      join(home, "talks.csv"),
      `question,answer\n${lines.map((line, i) => `${i}?,${line}`).join("\n")}\n`,
    );
    const mixed = [
      "name: mixed",
      "task: corpus",
      "data: [{ source: gulls.txt, weight: 2 }, { source: talks.csv }]",
      "model: { preset: llama, width: 16, layers: 1, heads: 2, contextWindow: 48 }",
      "training: { tokens: 6000, batch: 4, accumulate: 2, ema: 0.9 }",
      "evaluation: { mostTokens: 1000 }",
    ];
    writeFileSync(join(home, "mixed.yaml"), mixed.join("\n"));
    const env = { PARROTLET_DROPOUT: "0.1" };
    const first = await parrotlet(["train", ...args, "--checkpoint-steps", "10"], { home, env });
    expect([first.code, first.err]).toEqual([0, ""]);
    const [run = ""] = readdirSync(join(home, "runs"));
    const saved = join(home, "runs", run, "recipe.yaml");
    const { training } = parseRecipe(readFileSync(saved, "utf8"), saved);
    expect(training).toMatchObject({ dropout: 0.1, checkpointSteps: 10 });
    expect([training.steps > 0, training.epochs, training.tokens]).toEqual([true, undefined, undefined]);

    const elsewhere = temporaryFolder();
    const again = await parrotlet(["train", saved], { home: elsewhere });
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(newest(elsewhere, run)).toEqual(newest(home, run));
    expect(newest(home, run).size).toBeGreaterThan(5);
  });
});
