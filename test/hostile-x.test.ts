import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, connect, createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rng } from "../src/base/index.ts";
import {
  FileStorage,
  NodeModelHost,
  NodeTrainingDesk,
  readSettings,
  systemSources,
} from "../src/node/index.ts";
import { type Listening, listen } from "../src/node/serve.ts";
import { createApi, createServer } from "../src/server/index.ts";
import { Workspace } from "../src/workspace/index.ts";
import { type Attack, type Attacks, attacksOn, head, namesOf, question } from "./hostile-attacks.ts";
import { type Heard, request, say } from "./hostile-socket.ts";

/** Stands in a file that no request may read. */
const SECRET = "5ecret-that-lies-outside";
const root = mkdtempSync(join(tmpdir(), "parrotlet-hostile-"));
const folder = join(root, "workspace");
const outside = join(root, "outside");
const env = { HF_HOME: join(root, "hf"), OPENAI_API_KEY: "sk-never-sent" };

let host: NodeModelHost;
let listening: Listening;
let port = 0;
/** Connections to a server that no setting names. */
let foreign = 0;
const trap = createNetServer((socket) => {
  foreign++;
  socket.destroy();
});
let trapUrl = "";
/** A conversation that may be attacked. */
let kept = "";
const errors: unknown[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

/** Where clients may make files: a conversation each, of a plain name. */
const conversations = join("workspace", "conversations", "/");
const conversationFile = /^[a-z0-9-]{1,80}\.jsonl$/;

/** Each other file and folder below the root, with what is in it and when it was changed. */
function snapshot(): string[] {
  const all = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  const names = all.filter((name) => !`${name}/`.startsWith(conversations));
  return names.map((name) => {
    const path = join(root, name);
    const { mode, mtimeMs, size } = statSync(path);
    const content = statSync(path).isFile()
      ? createHash("sha256").update(readFileSync(path)).digest("hex")
      : "";
    return [name, mode, mtimeMs, size, content].join(" ");
  });
}

beforeAll(async () => {
  const pip = fileURLToPath(new URL("../starters/pip", import.meta.url));
  cpSync(pip, join(folder, "models/pip"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "canary.txt"), SECRET);
  writeFileSync(join(outside, "config.json"), JSON.stringify({ secret: SECRET }));
  writeFileSync(join(folder, "canary.txt"), SECRET);
  await new Promise<void>((done) => trap.listen(0, "127.0.0.1", done));
  trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/v1`;
  const settings = await readSettings({ workspace: folder, env });
  const workspace = new Workspace(new FileStorage(folder));
  host = new NodeModelHost({ workspace, folder, settings, env });
  const log = {
    error: (_: string, error: unknown) => void errors.push(error instanceof Error ? error.stack : error),
  };
  const desk = new NodeTrainingDesk({ workspace, root: folder });
  const api = createApi({ workspace, sources: systemSources, desk });
  const server = createServer({ host, version: "1.2.3", log, limits: { requestSeconds: 8 }, ...api });
  listening = await listen(server, { port: 0, headMs: 250, requestMs: 500, keepAliveMs: 200 });
  port = listening.port;
  process.on("unhandledRejection", onUnhandled).on("uncaughtException", onUnhandled);
  await good(); // the model is open from here on
  const made = await fetch(`${listening.url}/api/conversations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "Kept" }),
  });
  const { id } = (await made.json()) as { id: string };
  expect([made.status, id]).toEqual([201, expect.stringMatching(/^[a-z0-9-]+$/)]);
  kept = id;
});

afterAll(async () => {
  process.off("unhandledRejection", onUnhandled).off("uncaughtException", onUnhandled);
  await listening?.close();
  await host?.close();
  trap.close();
  rmSync(root, { recursive: true, force: true });
});

/** What somebody well-meaning is answered meanwhile. */
async function good(): Promise<void> {
  const started = performance.now();
  const response = await fetch(`${listening.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
  });
  const said = await response.json();
  expect(response.status, JSON.stringify(said)).toBe(200);
  expect(said.choices[0].message.content).toMatch(/Pip/);
  expect(performance.now() - started).toBeLessThan(8000);
}

function check(name: string, { sent }: Attack, { statuses, text, ended }: Heard): void {
  const what = `${name}: ${JSON.stringify(Buffer.from(sent).toString("latin1").slice(0, 1500))} -> ${text.slice(0, 600)}`;
  expect(ended, `a hang: ${what}`).toBe(true);
  expect(
    statuses.filter((status) => status >= 500),
    what,
  ).toEqual([]);
  expect(text.includes(SECRET), what).toBe(false);
}

async function numberIn(metric: string): Promise<number> {
  const text = await (await fetch(`${listening.url}/metrics`)).text();
  return Number(new RegExp(`^${metric} (\\d+)$`, "m").exec(text)?.[1]);
}

async function quiet(): Promise<void> {
  const late = performance.now() + 9000;
  // One is the request for the metrics.
  while ((await numberIn("parrotlet_active")) > 1 && performance.now() < late)
    await new Promise((done) => setTimeout(done, 10));
  for (const metric of ["parrotlet_streams", "parrotlet_waiting"])
    expect(await numberIn(metric), metric).toBe(0);
  expect(await numberIn("parrotlet_active")).toBe(1);
}

describe("a server that is attacked", () => {
  it("answers 2,000 hostile requests, stays well, and touches nothing", async () => {
    const before = snapshot();
    const document = await (await fetch(`${listening.url}/openapi.json`)).json();
    const kinds = attacksOn(document, [...Array<string>(30).fill(kept), ...namesOf(outside, trapUrl)]);
    const weights = {
      fields: 2500,
      bytes: 250,
      framing: 250,
      paths: 250,
      headers: 200,
      formats: 150,
      deserters: 50,
    };
    const seed = Number(process.env["SEEDX"]);
    const order = Object.entries(weights).flatMap(([name, count]) => Array<string>(count).fill(name));
    const mixed = [...new Rng(seed).permutation(order.length)].map((index) => order[index] as string);
    expect(mixed.length).toBeGreaterThanOrEqual(2000);
    const memory = process.memoryUsage().rss;
    let [done, longest] = [0, performance.now()];
    let stall = 0;
    const pulse = setInterval(() => {
      stall = Math.max(stall, performance.now() - longest);
      longest = performance.now();
    }, 20);
    const attacker = async (): Promise<void> => {
      for (let name = mixed.pop(); name; name = mixed.pop()) {
        const attack = (kinds[name] as Attacks)(new Rng(seed, mixed.length));
        const heard = await say(port, attack.sent, attack.options);
        check(name, attack, heard);
        if (++done % 100 === 0) await good();
      }
    };
    await Promise.all(Array.from({ length: 12 }, attacker));
    clearInterval(pulse);
    await quiet();
    await good();
    expect(snapshot()).toEqual(before);
    for (const name of readdirSync(join(root, conversations))) expect(name).toMatch(conversationFile);
    expect([foreign, errors, unhandled]).toEqual([0, [], []]);
    expect((await host.list()).map(({ name }) => name)).toEqual(["pip"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(stall).toBeLessThan(5000);
    expect(process.memoryUsage().rss - memory).toBeLessThan(700 * 2 ** 20);
  });

  it("lets nobody wait for slow senders, for who never reads, and for who goes away", async () => {
    const slow = Array.from({ length: 20 }, (_, index) => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      const sent = index % 2 === 0 ? head("X: y").slice(0, -2) : head("Content-Length: 4000");
      socket.write(sent);
      const drip = setInterval(() => void (socket.writable && socket.write("a")), 30);
      let text = "";
      socket.on("data", (data) => {
        text += data;
      });
      return new Promise<string>((done) =>
        socket.on("close", () => {
          clearInterval(drip);
          done(text);
        }),
      );
    });
    const stream = JSON.stringify({
      ...question,
      stream: true,
      max_tokens: 100,
      n: 8,
      temperature: 1,
      logprobs: true,
    });
    const deaf = Array.from({ length: 12 }, () => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.pause();
      socket.write(request("/v1/chat/completions", stream));
      return socket;
    });
    await Promise.all([good(), good(), good()]);
    for (const text of await Promise.all(slow)) expect(text).toMatch(/^HTTP\/1\.1 408 |^$/);
    await good();
    for (const socket of deaf) socket.resetAndDestroy();
    await quiet();
    expect([errors, unhandled]).toEqual([[], []]);
  });
});
