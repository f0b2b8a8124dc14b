import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./run-cli.ts";
import { serveConversations } from "./serve-for-test.ts";

const folder = fileURLToPath(new URL("../examples", import.meta.url));

/** Runs an example as a person does: from the built package, by the package's own name. */
function example(name: string, args: readonly string[], cwd: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, name), ...args], {
    cwd,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

/** The same while this process serves. */
async function exampleBeside(name: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, name), ...args], {
    cwd,
  });
  expect(stderr).toBe("");
  return stdout;
}

const numbers = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map(([, number]) => Number(number));

describe("the examples", () => {
  it("train on a text, save the model, and talk to it", () => {
    const cwd = temporaryFolder();
    const trained = example("train-on-text.mjs", [], cwd);
    const [first = 0, , last = 9] = numbers(trained, /^step \d+: loss ([\d.]+)$/gm);
    expect(first).toBeGreaterThan(3);
    expect(last).toBeLessThan(0.5);
    expect(trained).toMatch(/The parrot -> +(said|sat) /);
    expect(readdirSync(join(cwd, "my-model"))).toContain("model.safetensors");
    const talked = example("talk.mjs", ["my-model", "A baker"], cwd);
    expect(talked).toMatch(/^A baker lit his oven.*\n\((stop|length)\)\n$/s);
  });

  it("train on a file that is named", () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "count.txt"), "one two three four five six seven eight nine ten. ".repeat(40));
    const trained = example("train-on-text.mjs", ["count.txt", "counter"], cwd);
    expect(trained).toContain("Saved in counter.");
    expect(existsSync(join(cwd, "counter/config.json"))).toBe(true);
  });

  it("watch a model learn conversations until it gets no better", () => {
    const seen = example("watch-it-learn.mjs", [], temporaryFolder());
    const bits = numbers(seen, /unseen: ([\d.]+) bits per byte/g);
    expect(Math.min(...bits)).toBeLessThan(0.5 * (bits[0] ?? 0));
    const losses = numbers(seen, /^step \d+: loss ([\d.]+)$/gm);
    expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] ?? 0));
    expect(seen).toMatch(/^ended after \d+ steps: (no-better|steps); best was \d+$/m);
    expect(seen).toContain("Where is the owl? The owl is in the garden.");
  });

  it("talk over HTTP, in a conversation that is kept", async () => {
    const { listening, url, store } = await serveConversations();
    const said = await exampleBeside("chat-over-http.mjs", [url, "olleh", "ereht"], temporaryFolder());
    await listening.close();
    expect(said).toContain("> olleh\nhello\n(stop, 5 tokens)\n> ereht\nthere\n");
    expect(said).toMatch(/Once more:\nthere\n.*\nKept: 5 messages, 4 of them on the path.\n$/s);
    expect(await store.list()).toMatchObject([{ title: "From a program", messages: 5 }]);
  });

  it("are short, and each says how it is run", () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), "utf8");
      expect(text.split("\n").length, name).toBeLessThan(70);
      expect(text, name).toContain(`node examples/${name}`);
      expect(text, name).not.toContain("../src");
    }
  });
});
