import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alpaca, jsonLines, PNG, STORY, times, WHATSAPP } from "./data-samples.ts";
import { HubServer } from "./hub-server.ts";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

let home: string;
beforeAll(() => {
  home = temporaryFolder();
});
afterAll(() => rmSync(home, { recursive: true }));

describe("at the command line", () => {
  it("inspect says what a file holds, and train what reading it did", async () => {
    const file = join(home, "twice.jsonl");
    const twice = [...alpaca, ...alpaca].map((each, i) => ({
      ...each,
      output: `${each.output} It took a while.${i % 2 ? "" : " "}`,
    }));
    writeFileSync(file, `${jsonLines(twice)}not json\n`);
    const inspected = await parrotlet(["data", "inspect", file], { home });
    expect(inspected).toMatchObject({ code: 0, err: "" });
    expect(inspected.out).toContain("JSONL of instructions, utf-8");
    expect(inspected.out).toMatch(/\nduplicates +50\.0% +12 +0\n/);
    expect(inspected.out).toMatch(/twice\.jsonl:25 {2}this is not JSON/);
    const json = await parrotlet(["data", "inspect", file, "--json", "--limit", "3"], { home });
    expect(JSON.parse(json.out)).toMatchObject({ ended: "limit", report: { counts: { conversations: 3 } } });
    const trained = await parrotlet(["train", file, "--steps", "2", "--context", "64", "--device", "wasm"], {
      home,
    });
    expect(trained).toMatchObject({ code: 0, err: "" });
    expect(trained.out).toMatch(/twice\.jsonl:25 {2}this is not JSON/);
    expect(trained.out).toMatch(
      /warning: .* of the validation text stands in the training text too.*--filter duplicates/s,
    );
    const kept = JSON.parse(readFileSync(join(home, "runs", "twice", "data.json"), "utf8"));
    expect(kept.sources[0]).toMatchObject({
      source: file,
      items: { conversations: 24 },
      problems: { count: 1 },
    });
    expect(kept.overlap.items.found).toBeGreaterThan(0);
  }, 60_000);

  it("a dataset of the Hub is inspected and trained, and kept with its commit and licence", async () => {
    const server = await HubServer.start();
    try {
      const files = { "train.jsonl": jsonLines(alpaca), "validation.jsonl": jsonLines(alpaca.slice(0, 4)) };
      const { commit } = server.add("pip/counts", files, { license: "mit" });
      const env = { HF_ENDPOINT: server.endpoint, HF_HOME: join(home, "hf") };
      const inspected = await parrotlet(["data", "inspect", "hf:pip/counts"], { home, env });
      expect(inspected).toMatchObject({ code: 0, err: "" });
      expect(inspected.out).toContain(`revision ${commit.slice(0, 8)}, license mit`);
      const args = ["train", "hf:pip/counts", "--steps", "2", "--context", "64", "--device", "wasm"];
      const trained = await parrotlet(args, { home, env });
      expect(trained).toMatchObject({ code: 0, err: "" });
      expect(trained.out).toMatch(/to validate with: .*4 conversations of 8 messages/);
      expect(trained.out).toMatch(/warning: .*4 of 4 items are copies/);
      const kept = join(home, "runs", "counts");
      expect(readFileSync(join(kept, "recipe.yaml"), "utf8")).toContain(`hf:pip/counts@${commit}`);
      const { sources } = JSON.parse(readFileSync(join(kept, "data.json"), "utf8"));
      expect(sources[0].hub).toEqual({ pinned: `hf:pip/counts@${commit}`, revision: commit, license: "mit" });
      const offline = await parrotlet(["data", "inspect", "hf:pip/other"], {
        home,
        env: { ...env, HF_HUB_OFFLINE: "1" },
      });
      expect(offline).toMatchObject({ code: 1, out: "" });
      expect(offline.err).toMatch(
        /^error: .*HF_HUB_OFFLINE is set.*\n\(more: parrotlet explain hub-offline\)\n$/s,
      );
    } finally {
      await server.stop();
    }
  }, 60_000);

  it("Ctrl-C ends a look at much with what is known", async () => {
    const file = join(home, "much.txt");
    writeFileSync(
      file,
      times(60_000, (i) => `${i} ${STORY.slice(0, 75)}\n`)
        .join("")
        .repeat(8),
    );
    const stopped = await parrotletOnTerminal(["data", "inspect", file], {
      home,
      started: steps(["looking at", (child) => child.stdin?.write("\x03")]),
    });
    expect(stopped.out).toMatch(/Stopped after .*: all below is of these/);
    expect(stopped.code).toBe(130);
  }, 60_000);

  it("mistakes are a line, with an exit code and no stack", async () => {
    writeFileSync(join(home, "bad.txt"), PNG);
    writeFileSync(join(home, "wa.txt"), WHATSAPP);
    const cases: readonly (readonly [args: readonly string[], code: number, said: RegExp])[] = [
      [
        ["data", "inspect", "bad.txt"],
        1,
        /^error: .*bad\.txt is a picture\. Leave it out\.\n\(more: parrotlet explain data-unreadable\)\n$/,
      ],
      [["train", "bad.txt"], 1, /^error: .*bad\.txt is a picture/],
      [["train", "wa.txt"], 1, /^error: .*Say so with --me NAME\. In it write "Ada" \(10 messages\), "Ben"/],
      [["data", "inspect", "gone.txt"], 1, /^error: There is no file or folder "gone\.txt"/],
      [
        ["data", "inspect", "bad.txt", "--colums", "a=b"],
        2,
        /^error: Unknown option --colums\. Did you mean --columns\?\n$/,
      ],
      [["train", "bad.txt", "--columns", "qestion=a"], 2, /qestion=a names no column\. Write text=NAME/],
    ];
    for (const [args, code, said] of cases) {
      const result = await parrotlet(args, { home, cwd: home });
      expect(result.err).toMatch(said);
      expect(result).toMatchObject({ code, out: "" });
    }
  }, 60_000);
});
