import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileStorage, NodeModelHost, readSettings } from "../src/node/index.ts";
import { listen } from "../src/node/serve.ts";
import { createServer } from "../src/server/index.ts";
import { Workspace } from "../src/workspace/index.ts";

export interface TinyServed {
  readonly url: string;
  /** What a gauge or counter of `/metrics` is now. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

/** A real server on a free port, with the real model that comes with the program, which knows how to chat. */
export async function servePip(): Promise<TinyServed> {
  const folder = mkdtempSync(join(tmpdir(), "parrotlet-tiny-"));
  mkdirSync(join(folder, "models"));
  cpSync(fileURLToPath(new URL("../starters/pip", import.meta.url)), join(folder, "models/pip"), {
    recursive: true,
  });
  const env = { HF_HOME: join(folder, "hf") };
  const settings = await readSettings({ workspace: folder, env });
  const workspace = new Workspace(new FileStorage(folder));
  const host = new NodeModelHost({ workspace, folder, settings, env });
  const listening = await listen(createServer({ host, version: "1.2.3" }), { port: 0 });
  return {
    url: listening.url,
    async metric(name) {
      const text = await (await fetch(`${listening.url}/metrics`)).text();
      return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
    },
    async close() {
      await listening.close();
      await host.close();
      rmSync(folder, { recursive: true });
    },
  };
}
