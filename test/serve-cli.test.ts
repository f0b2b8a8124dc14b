import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CliResult, parrotlet, steps, temporaryFolder } from "./run-cli.ts";
import { until } from "./serve-for-test.ts";

const starters = fileURLToPath(new URL("../starters", import.meta.url));
const KEY = "correct-horse-battery";
const ask = (more = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
  body: JSON.stringify({ messages: [{ role: "user", content: "What is your name?" }], ...more }),
});

const logsIn = (home: string): string =>
  readdirSync(join(home, "logs"))
    .map((name) => readFileSync(join(home, "logs", name), "utf8"))
    .join("");

/** Serves what comes with the program, does something with it, then stops it. */
const serving = (
  args: readonly string[],
  use: (url: string, child: ChildProcess) => Promise<void>,
  home = temporaryFolder(),
): Promise<CliResult> => servingWith(["pip", "--port", "0", ...args], use, home, { PARROTLET_API_KEY: KEY });

async function servingWith(
  args: readonly string[],
  use: (url: string, child: ChildProcess) => Promise<void>,
  home: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  let failure: unknown;
  const result = await parrotlet(["serve", "--json", ...args], {
    home,
    env: { PARROTLET_TEST_STARTERS: starters, ...env },
    started: (child, output) =>
      steps([
        /"type":"listening".*\n/,
        async () => {
          const url = /"url":"([^"]+)"/.exec(output())?.[1] ?? "";
          await use(url, child).catch((error: unknown) => {
            failure = error;
          });
          child.kill("SIGTERM");
        },
      ])(child, output),
  });
  if (failure) throw failure;
  return result;
}

const failing = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  parrotlet(["serve", ...args, "--json"], { home: temporaryFolder(), env });

describe("parrotlet serve", () => {
  it("answers with a real model, streams included, and ends what it streams when it is stopped", async () => {
    const home = temporaryFolder();
    let streamed = "";
    const { code, out, err } = await serving(
      [],
      async (url) => {
        expect((await fetch(`${url}/v1/models`)).status).toBe(401);
        const whole = await (await fetch(`${url}/v1/chat/completions`, ask())).json();
        const { content } = whole.choices[0].message;
        expect(content).toMatch(/Pip/);
        streamed = await (await fetch(`${url}/v1/chat/completions`, ask({ stream: true }))).text();
        const said = [...streamed.matchAll(/"content":"([^"]*)"/g)].map(([, each]) => each).join("");
        expect(said).toBe(content); // greedy: a stream says the same
      },
      home,
    );
    expect([code, err]).toEqual([0, ""]);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(events).toEqual(["listening", "request", "request", "request", "closing", "closed"]);
    const logs = logsIn(home);
    expect(logs).toContain("/v1/chat/completions 200");
    expect(logs).not.toMatch(/your name|correct-horse/);
  });

  it("keeps conversations, and ends a training with a checkpoint when it is stopped", async () => {
    const home = temporaryFolder();
    const send = async (url: string, path: string, body: object) => {
      const response = await fetch(`${url}/api/${path}`, { ...ask(), body: JSON.stringify(body) });
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
    const { code, err } = await serving(
      [],
      async (url) => {
        const { id } = (await send(url, "conversations", {})).body;
        const said = await send(url, `conversations/${id}/messages`, { text: "Hello!", stream: false });
        expect(said.body.message.model).toEqual({ address: "starter:pip", name: "pip" });
        const data = { recipe: "tinytalks", steps: 1_000_000 };
        expect((await send(url, "trainings", data)).body).toMatchObject({ run: "tinytalks" });
      },
      home,
    );
    expect([code, err]).toEqual([0, ""]);
    const state = JSON.parse(readFileSync(join(home, "runs/tinytalks/run.json"), "utf8"));
    expect(state).toMatchObject({ status: "stopped", reason: "aborted" });
    const [file = ""] = readdirSync(join(home, "conversations"));
    expect(readFileSync(join(home, "conversations", file), "utf8")).toContain("Hello!");
    await serving(
      ["--read-only"],
      async (url) => {
        expect((await send(url, "conversations", {})).status).toBe(403);
        expect((await send(url, "trainings", { recipe: "tinytalks" })).status).toBe(403);
        const listed = await fetch(`${url}/api/conversations`, { headers: ask().headers ?? {} });
        expect(JSON.parse(await listed.text()).conversations).toHaveLength(1);
      },
      home,
    );
  });

  it("tells of conversations to others only where that is asked for", async () => {
    const status = async (url: string): Promise<number> =>
      (await fetch(`${url}/api/conversations`, { headers: ask().headers ?? {} })).status;
    const cases = [
      [["--no-api"], 404],
      [["--cors", "*"], 404],
      [["--cors", "*", "--api"], 200],
    ] as const;
    for (const [args, expected] of cases)
      await serving(args, async (url) => expect(await status(url), String(args)).toBe(expected));
  });

  it("ends at once when it is asked twice", async () => {
    const { code, out } = await serving(["--grace", "60"], async (url, child) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => undefined);
      const head = `POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEY}`;
      socket.write(`${head}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`); // and no more
      await until(() => socket.bytesWritten > 99);
      await new Promise((done) => setTimeout(done, 100));
      child.kill("SIGTERM");
      await new Promise((done) => setTimeout(done, 100));
    });
    expect(code).toBe(143);
    expect(out).not.toContain('"closed"');
  });

  it("refuses other addresses without a key, bad keys, and ports that are taken", async () => {
    const refusals = await Promise.all([
      failing(["--host", "0.0.0.0"]),
      failing(["--host", "0.0.0.0"], { PARROTLET_API_KEY: "short" }),
      failing(["--api-key-file", "nowhere.txt"]),
    ]);
    const codes = refusals.map(({ err }) => JSON.parse(err).error.code);
    expect(codes).toEqual(["key-needed", "key-invalid", "key-invalid"]);
    const other = createServer().listen(0, "127.0.0.1");
    await until(() => other.listening);
    const { port } = other.address() as AddressInfo;
    const { err, code } = await failing(["--port", String(port)]);
    other.close();
    expect([code, JSON.parse(err).error.code]).toEqual([1, "port-taken"]);
  });

  it("is as the workspace's file says, and generate, too, has the file's model", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, "key.txt"), `${KEY}\n`, { mode: 0o644 });
    const yaml = `
model: starter:pip
generation: { maxNewTokens: 2 }
server:
  port: 0
  keyFile: ${join(home, "key.txt")}
  allowHost: [models.example]
  cors: ["https://app.example"]
  limits: { bodyBytes: 2048 }`;
    writeFileSync(join(home, "parrotlet.yaml"), yaml);
    const { code, err } = await servingWith(
      [],
      async (url) => {
        const to = `${url}/v1/chat/completions`;
        expect((await fetch(to, { ...ask(), headers: {} })).status).toBe(401);
        const { usage, model } = await (await fetch(to, ask())).json();
        expect([model, usage.completion_tokens]).toEqual(["pip", 2]);
        expect((await fetch(to, ask({ padding: "x".repeat(3000) }))).status).toBe(413);
        const page = await fetch(`${url}/health`, { headers: { origin: "https://app.example" } });
        expect(page.headers.get("access-control-allow-origin")).toBe("https://app.example");
      },
      home,
    );
    expect([code, err]).toEqual([0, ""]);
    expect(logsIn(home)).toContain("chmod 600");
    const args = ["generate", "--prompt", "What is your name?", "--json"];
    const generated = await parrotlet(args, { home, env: { PARROTLET_TEST_STARTERS: starters } });
    expect(JSON.parse(generated.out)).toMatchObject({ model: "pip", samples: [{ tokens: 2 }] });
  });

  it("writes no key to the log", async () => {
    const home = temporaryFolder();
    await parrotlet(["serve", "--api-key", "sh0rt"], { home });
    const logs = logsIn(home);
    expect(logs).toContain("key-invalid");
    expect(logs).not.toContain("sh0rt");
  });
});
