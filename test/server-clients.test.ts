import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateObject, generateText, jsonSchema, streamText } from "ai";
import { afterEach, describe, expect, it } from "vitest";
import { hashKey } from "../src/server/index.ts";
import { type Served, serveScripted, until } from "./serve-for-test.ts";

let served: Served;
afterEach(() => served.listening.close());

describe("the Vercel AI SDK", () => {
  const start = async (
    ...args: Parameters<typeof serveScripted>
  ): Promise<ReturnType<typeof createOpenAICompatible>> => {
    served = await serveScripted(...args);
    const settings = { includeUsage: true, supportsStructuredOutputs: true };
    return createOpenAICompatible({ name: "parrotlet", baseURL: `${served.url}/v1`, ...settings });
  };

  it("generates text", async () => {
    const provider = await start();
    const result = await generateText({
      model: provider("scripted"),
      prompt: "olleh",
      seed: 3,
      stopSequences: ["zz"],
    });
    expect(result.text).toBe("hello");
    expect(result.finishReason).toBe("stop");
    expect(result.usage).toMatchObject({ inputTokens: 7, outputTokens: 5 });
    expect(served.backend.asked[0]?.config).toMatchObject({ seed: 3, stopSequences: ["zz"] });
  });

  it("streams text, with usage", async () => {
    const provider = await start({ delay: 2 });
    const result = streamText({ model: provider("scripted"), system: "be brief", prompt: "olleh" });
    let text = "";
    for await (const delta of result.textStream) text += delta;
    expect(text).toBe("hello");
    expect(await result.finishReason).toBe("stop");
    expect((await result.usage).outputTokens).toBe(5);
    expect(served.backend.asked[0]?.messages[0]).toEqual({ role: "system", text: "be brief" });
  });

  it("generates an object by a schema", async () => {
    const provider = await start({ answer: () => '{"name":"Ada"}' });
    const schema = jsonSchema<{ name: string }>({
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    });
    const { object } = await generateObject({ model: provider("scripted"), prompt: "who?", schema });
    expect(object).toEqual({ name: "Ada" });
    expect(served.backend.asked[0]?.config.format?.type).toBe("json-schema");
  });

  it("embeds, aborts, and knows errors", async () => {
    const provider = await start({ delay: 5, answer: () => "x".repeat(90) });
    const { embeddings } = await embedMany({ model: provider.embeddingModel("scripted"), values: ["abc"] });
    expect(embeddings).toEqual([[0, 0, 0, 1, 0, 0, 0, 0]]);
    const abort = new AbortController();
    const { textStream } = streamText({
      model: provider("scripted"),
      prompt: "a",
      abortSignal: abort.signal,
      onError: () => undefined,
    });
    for await (const _ of textStream) if (served.backend.made > 3) abort.abort();
    await until(() => served.backend.aborted === 1);
    expect(served.backend.made).toBeLessThan(15);
    await expect(
      generateText({ model: provider("gpt-9"), prompt: "a", maxRetries: 0 }),
    ).rejects.toMatchObject({ statusCode: 404 });
  });
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** Runs curl and gives what it prints: the body, and the status on a last line. */
const curl = (...args: string[]): Promise<string> => {
  const child = spawn("curl", ["-sS", "-w", "\n%{http_code}", ...args]);
  child.stdin.on("error", () => undefined).end("x".repeat(2 ** 20 + 1));
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      out += data;
    });
  return new Promise((resolve) => child.on("close", () => resolve(out)));
};
const asJson = ["-H", "Content-Type: application/json"];
const body = (more = {}): string[] => [
  "-d",
  JSON.stringify({ messages: [{ role: "user", content: "olleh" }], ...more }),
];

describe.skipIf(!hasCurl)("curl", () => {
  it("chats, whole and as a stream", async () => {
    served = await serveScripted({ delay: 1 });
    const url = `${served.url}/v1/chat/completions`;
    const [whole = "", status] = (await curl(url, ...asJson, ...body())).split("\n");
    expect(status).toBe("200");
    expect(JSON.parse(whole).choices[0].message.content).toBe("hello");
    const stream = await curl("-N", url, ...asJson, ...body({ stream: true }));
    const events = stream.split("\n\n").map((event) => event.replace(/^data: /, ""));
    expect(events.slice(-2)).toEqual(["[DONE]", "\n200"]);
    const deltas = events.slice(0, -2).map((event) => JSON.parse(event).choices[0].delta.content ?? "");
    expect(deltas.join("")).toBe("hello");
  });

  it("is refused without a key, with another host, without JSON, and with too much", async () => {
    served = await serveScripted({}, { keyHash: await hashKey("correct-horse") });
    const url = `${served.url}/v1/chat/completions`;
    const status = async (...args: string[]): Promise<string | undefined> =>
      (await curl(...args)).split("\n").at(-1);
    const key = ["-H", "Authorization: Bearer correct-horse"];
    expect(await status(url, ...asJson, ...body())).toBe("401");
    expect(await status(url, ...key, ...asJson, ...body())).toBe("200");
    expect(await status(url, ...key, ...body())).toBe("415");
    expect(await status(url, ...key, ...asJson, "-H", "Host: evil.example", ...body())).toBe("403");
    expect(await status(url, ...key, ...asJson, "-H", "Origin: https://evil.example", ...body())).toBe("403");
    expect(
      await status(url, ...key, ...asJson, "-H", "Transfer-Encoding: chunked", "--data-binary", "@-"),
    ).toBe("413");
    expect(await status("--path-as-is", `${served.url}/v1/models/../../../etc/passwd`, ...key)).toBe("404");
    expect(await status(`${served.url}/v1/models/..%2f..%2fetc%2fpasswd`, ...key)).toBe("404");
    expect(served.errors).toEqual([]);
  });
});

/** Sends bytes as they are, and gives what came back when the server has closed, or said something whole. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let out = "";
    const end = (): void => {
      socket.destroy();
      resolve(out);
    };
    socket.on("data", (data) => {
      out += data;
      if (/^HTTP[\s\S]*\r\n\r\n[\s\S]/.test(out)) end();
    });
    socket.on("close", end).on("error", end);
  });

describe("a socket", () => {
  it("that says what is no HTTP gets an answer, and the server goes on", async () => {
    served = await serveScripted();
    const { port } = served.listening;
    const said = [
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET \\..\\x HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      "nonsense\r\n\r\n",
    ];
    const answers = await Promise.all(said.map((text) => raw(port, text)));
    expect(answers.map((answer) => /^HTTP\/1.1 (\d+)/.exec(answer)?.[1])).toEqual([
      "400",
      "400",
      "400",
      "403",
      "431",
      "400",
    ]);
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
    expect(served.errors).toEqual([]);
  });

  it("that goes away in the middle of its body leaves nothing behind", async () => {
    served = await serveScripted();
    const socket = connect(served.listening.port, "127.0.0.1");
    socket.write(
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    await until(() => socket.bytesWritten > 100);
    await new Promise((done) => setTimeout(done, 20));
    socket.destroy();
    await until(() => served.lines.length === 1);
    expect(served.lines[0]?.status).toBe(499);
    expect(served.errors).toEqual([]);
  });

  it("that sends its head or body too slowly is given up", async () => {
    served = await serveScripted({}, {}, { headMs: 60, requestMs: 120 });
    const { port } = served.listening;
    const head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const slow = [head, `${head}Content-Length: 100\r\n\r\n{`];
    const answers = await Promise.all(slow.map((text) => raw(port, text)));
    expect(answers[0]).toMatch(/^HTTP\/1.1 408/);
    expect(answers[1]).toMatch(/^HTTP\/1.1 408/);
    await until(() => served.lines.length === 1);
    expect(served.lines[0]?.status).toBe(499);
  });
});
