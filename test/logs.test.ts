import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parrotlet, temporaryFolder } from "./run-cli.ts";

const LINE = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z (DEBUG|INFO|WARNING|ERROR) +\w+\[\d+\] {2}\S/;
const linesOf = (file: string): string[] => readFileSync(file, "utf8").trimEnd().split("\n");
const logOf = (home: string): string[] => linesOf(join(home, "logs/parrotlet.log"));

describe("the log", () => {
  it("says what a command was, what it did and how it ended, each line with time, level and command", async () => {
    const home = temporaryFolder();
    const { code } = await parrotlet(["train", "--steps", "20", "--workspace", home], { home });
    expect(code).toBe(0);
    const lines = logOf(home);
    for (const line of lines) expect(line).toMatch(LINE);
    const all = lines.join("\n");
    for (const part of [
      ...['"steps":20', "DEBUG   train[", "pairs, sha256", "device ", "checkpoint at step 20"],
      ...["ended (steps) at step 20", "ended with code 0"],
    ])
      expect(all).toContain(part);
  });

  it("has an error with its code and stack, though the program ends at once", async () => {
    const home = temporaryFolder();
    await parrotlet(["show", "nobody"], { home });
    const at = logOf(home).findIndex((line) => line.includes("ERROR"));
    expect(logOf(home)[at]).toContain("run-not-found: ParrotletError: There is no run");
    expect(logOf(home)[at + 1]).toMatch(/^ {4} +at /);
  });

  it("is shown on stderr with --verbose, as JSON with --json, and is no reason to print less", async () => {
    const home = temporaryFolder();
    const verbose = await parrotlet(["runs", "--verbose"], { home });
    expect(verbose.err).toMatch(/debug +Node/);
    expect(verbose.out).toContain("No runs yet");
    const json = await parrotlet(["runs", "--verbose", "--json"], { home });
    for (const line of json.err.trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("log.level");
    const both = await parrotlet(["runs", "--verbose", "--quiet"], { home });
    expect(both.code).toBe(2);
  });

  it("fails no command where it cannot be written, and says so once", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, "logs"), "a file where a folder should be");
    const { code, out, err } = await parrotlet(["runs"], { home });
    expect([code, out]).toEqual([0, expect.stringContaining("No runs yet")]);
    expect(err.match(/No log is kept/g)).toHaveLength(1);
    expect((await parrotlet(["runs", "--json"], { home })).err).toBe("");
  });

  it("stays whole, and of bounded size, while several processes write and rename it", async () => {
    const folder = join(temporaryFolder(), "logs");
    mkdirSync(folder);
    const module = new URL("../dist/cli/log/log-file.js", import.meta.url).href;
    const script = `import { appendToLog } from "${module}";
      for (let i = 0; i < 60; i++) {
        const line = { time: Date.now(), level: "info", message: "line " + i + " " + "x".repeat(80) };
        appendToLog([line, line], { folder: ${JSON.stringify(folder)}, command: "test", maxSize: 4000, maxFiles: 3 });
      }`;
    const run = (): Promise<unknown> =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    await Promise.all([run(), run(), run()]);
    const files = readdirSync(folder).sort();
    expect(files).toEqual(["", ".1", ".2", ".3"].map((end) => `parrotlet.log${end}`));
    for (const file of files) {
      expect(statSync(join(folder, file)).size).toBeLessThan(5000);
      for (const line of linesOf(join(folder, file))) {
        expect(line).toMatch(LINE);
        expect(line).toMatch(/line \d+ x{80}$/);
      }
    }
  });
});

describe("--quiet", () => {
  it("prints the result alone", async () => {
    const home = temporaryFolder();
    const { out, err } = await parrotlet(["train", "--steps", "20", "--quiet"], { home });
    expect(out.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^Report: .*report\.md$/),
      "Talk to it: parrotlet chat tinytalks",
    ]);
    expect(err).toBe("");
    const { out: json } = await parrotlet(["train", "--steps", "20", "--quiet", "--json"], { home });
    const types = json
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(["run", "end"]);
  });
});
