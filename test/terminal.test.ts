import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const small = ["train", "tinytalks", "--steps", "400", "--checkpoint-steps", "200"];
/** What a terminal does when more than a screen is drawn again: everything above is lost. */
const ERASES_SCROLLBACK = "\u001b[3J";

describe.runIf(hasTerminals)("on a terminal", () => {
  it("draws the dashboard in place on 80 x 24, then prints the report", async () => {
    const home = temporaryFolder();
    const { code, out } = await parrotletOnTerminal([...small, "--auto-continue", "0.2"], { home });
    expect(code).toBe(0);
    expect(out).toContain("Checkpoint");
    expect(out).toContain("space pause");
    expect(out).not.toContain(ERASES_SCROLLBACK);
    expect(out).toMatch(/Exam, from the training data[\s\S]*Talk to it: parrotlet chat tinytalks/);
  });

  it("waits for Enter where told to, and q stops and saves", async () => {
    const home = temporaryFolder();
    const { code, out } = await parrotletOnTerminal([...small, "--auto-continue", "-1"], {
      home,
      started: steps(["waiting for Enter", "\r"], ["after 200 steps", "q"]),
    });
    expect(code).toBe(0);
    expect(out).toContain("Stopped at step 200. Go on: parrotlet resume tinytalks");
    expect(existsSync(join(home, "runs/tinytalks/checkpoints/step-000200"))).toBe(true);
    expect(existsSync(join(home, "runs/tinytalks/lock"))).toBe(false);
  });

  it("c opens a chat with the checkpoint on screen, and the dashboard hears keys again afterwards", async () => {
    const home = temporaryFolder();
    const { code, out } = await parrotletOnTerminal([...small, "--auto-continue", "-1"], {
      home,
      started: steps(
        ["waiting for Enter", "c"],
        ["Leave with /quit", "Is grass green\r"],
        ["tinytalks@0", "/quit\r"],
        ["waiting for Enter", "q"],
      ),
    });
    expect(out).toContain("This is");
    expect(out).toContain("Stopped at step 0");
    expect(code).toBe(0);
  });

  it("Ctrl-C stops and saves with exit code 130, and a closed window saves too", async () => {
    const home = temporaryFolder();
    const interrupted = await parrotletOnTerminal([...small, "--auto-continue", "-1"], {
      home,
      started: steps(["waiting for Enter", "\u0003"]),
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.out).toContain("parrotlet resume tinytalks");
    const closed = ["train", "tinytalks", "--steps", "1000000", "--name", "closed", "--auto-continue", "0"];
    await parrotletOnTerminal(closed, {
      home,
      started: steps([/step [1-9]\d?,?\d* of/, (child) => child.kill("SIGKILL")]),
    });
    // The terminal is gone; the program saves and ends by itself.
    const saved = (): boolean => !existsSync(join(home, "runs/closed/lock"));
    for (let i = 0; i < 600 && !saved(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(saved()).toBe(true);
    const shown = await parrotlet(["show", "closed", "--json"], { home });
    expect(JSON.parse(shown.out)).toMatchObject({ state: { status: "stopped" } });
  });

  it("a chat completes commands, recalls lines, and leaves on Ctrl-C at an empty prompt", async () => {
    const home = temporaryFolder();
    await parrotlet(["train", "tinytalks"], { home });
    const { code, out } = await parrotletOnTerminal(["chat"], {
      home,
      started: steps(
        ["Leave with /quit", "Hi\r"],
        ["How can I help you?", "H\u00fc\r"],
        ["does not know the character", "/che\t"],
        ["ckpoint ", "0\r"],
        ["tinytalks@0", "left"],
        ["left", "\u0003"],
        ["you", "\u0003"],
        ["Ctrl-C again leaves", "\u0003"],
      ),
    });
    expect(out).toMatch(/This is .*tinytalks@0.* now/);
    expect(code).toBe(0);
  });

  it("has no color where none is wanted, and marks instead", async () => {
    const { out } = await parrotletOnTerminal([...small, "--auto-continue", "0"], {
      home: temporaryFolder(),
      env: { NO_COLOR: "1" },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colors are
    expect(out).not.toMatch(/\u001b\[(3[0-7]|9[0-7]|38|48)[;m]/);
    expect(out).toContain("✔");
  });
});
