import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubServer } from "./hub-server.ts";

const CONTENT = "a line that is learned from\n".repeat(40_000);
const PROGRAM = `
  import { openHubDataset } from ${JSON.stringify(new URL("../dist/node/index.js", import.meta.url).href)};
  const { files } = await openHubDataset("hf:pip/talks");
  process.stdout.write(String(files[0].size));
`;

let server: HubServer;
let home: string;
beforeEach(async () => {
  server = await HubServer.start();
  server.add("pip/talks", { "train.txt": CONTENT });
  home = mkdtempSync(join(tmpdir(), "parrotlet-hub-"));
});
afterEach(async () => {
  await server.stop();
  rmSync(home, { recursive: true });
});

const start = (): ChildProcess =>
  spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    env: { PATH: process.env["PATH"], HF_ENDPOINT: server.endpoint, HF_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += String(chunk);
  });
  await once(child, "close");
  return text;
}

const blobs = (): string => join(home, "hub/datasets--pip--talks/blobs");
const arrived = async (bytes: number): Promise<void> => {
  await expect
    .poll(() => readdirSync(blobs()).map((name) => statSync(join(blobs(), name)).size), { timeout: 20_000 })
    .toEqual([bytes]);
};

describe("processes that download the same dataset", () => {
  it("go on where one was killed", async () => {
    server.stalls = true;
    server.breakAfter.push(200_000);
    const killed = start();
    await arrived(200_000);
    killed.kill("SIGKILL");
    await once(killed, "close");
    server.stalls = false;
    expect(await outputOf(start())).toBe(String(CONTENT.length));
    expect(server.requests.at(-1)?.range).toBe("bytes=200000-");
  });

  it("download once, whoever is first", async () => {
    const outputs = await Promise.all([start(), start(), start()].map(outputOf));
    expect(outputs).toEqual(outputs.map(() => String(CONTENT.length)));
    expect(server.downloads).toEqual(["train.txt"]);
  });
});
