import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeChatBackend } from "../../chat/backend.contract.ts";
import type { ChatMessage, ReplyEvent } from "../../chat/index.ts";
import { generationConfig } from "../../generate/index.ts";
import { type OpenAiOptions, openOpenAiBackend } from "./openai.ts";

const KEY = "sk-secret-123";

interface Request {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: {
    messages?: { role: string; content: string }[];
    prompt?: string;
    input?: string[];
    model?: string;
    max_tokens: number;
    temperature: number;
    seed: number;
    stop?: string[];
    logprobs?: boolean | number;
    top_logprobs?: number;
    response_format?: { type: string };
  };
}

/** A server as others write them: it answers backwards, a character a token, in pieces that break anywhere. */
class FakeServer {
  readonly asked: Request[] = [];
  closedEarly = 0;
  /** Answers a request instead. */
  answer: ((request: Request, response: ServerResponse) => boolean | undefined) | undefined;
  models: unknown = { data: [{ id: "backwards", meta: { n_ctx_train: 2048 } }, { id: "b" }] };
  usage = true;
  #server: Server | undefined;

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((done) => this.#server?.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of message) text += String(piece);
    const body = text === "" ? {} : JSON.parse(text);
    const path = (message.url ?? "").replace("/v1", "");
    const request: Request = { path, key: message.headers.authorization, body };
    this.asked.push(request);
    if (this.answer?.(request, response)) return;
    if (path === "/models") return json(response, 200, this.models);
    if (path === "/embeddings") {
      const data = (request.body.input ?? []).map((each) => ({
        embedding: [each.length, ...[..."aeiou"].map((letter) => each.split(letter).length)],
      }));
      return json(response, 200, { data });
    }
    await this.#stream(request, response);
  }

  async #stream({ path, body }: Request, response: ServerResponse): Promise<void> {
    const { messages = [], prompt, max_tokens, temperature, seed, stop = [], logprobs } = body;
    const newest = prompt ?? messages.findLast(({ role }) => role === "user")?.content ?? "";
    const begun = messages.at(-1)?.role === "assistant" ? messages.at(-1)?.content : "";
    const turned = [...newest]
      .reverse()
      .map((c) => (temperature > 0 ? `${(c.charCodeAt(0) * seed) % 7}` : c));
    const said = body.response_format ? '{"a":"x"}' : turned.join("").slice(begun?.length);
    const ends = stop.map((each) => said.indexOf(each)).filter((at) => at >= 0);
    const whole = [...said.slice(0, Math.min(said.length, ...ends))];
    const tokens = whole.slice(0, max_tokens);
    const chat = path.startsWith("/chat");
    const events: unknown[] = [];
    for (const token of tokens) {
      const [first, second] = [token, "?"].map((each, rank) => ({ token: each, logprob: -0.25 - rank }));
      const content = [{ ...first, top_logprobs: [first, second] }];
      const lists = {
        tokens: [token],
        token_logprobs: [-0.25],
        top_logprobs: [{ [token]: -0.25, "\0": -2 }],
      };
      const detail = logprobs === undefined ? {} : { logprobs: chat ? { content } : lists };
      events.push({ choices: [{ ...(chat ? { delta: { content: token } } : { text: token }), ...detail }] });
    }
    const finish_reason = whole.length > max_tokens ? "length" : "stop";
    events.push({ choices: [{ delta: {}, finish_reason }] });
    const usage = { prompt_tokens: [...newest].length, completion_tokens: tokens.length };
    if (this.usage) events.push({ choices: [], usage });
    const lines = [...events.map((event) => JSON.stringify(event)), "[DONE]"];
    const bytes = Buffer.from(`: hi\r\n\r\n${lines.map((line) => `data: ${line}\r\n\r\n`).join("")}`);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("close", () => {
      if (!response.writableFinished) this.closedEarly++;
    });
    for (let at = 0; at < bytes.length && !response.destroyed; at += 97) {
      response.write(bytes.subarray(at, at + 97));
      if (at % 5 === 0) await new Promise(setImmediate);
    }
    response.end();
  }
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

const server = new FakeServer();
let url: string;
beforeAll(async () => {
  url = await server.listen();
});
afterAll(() => server.close());

const open = (options: Partial<OpenAiOptions> = {}) => openOpenAiBackend({ url, key: KEY, ...options });
const say = (text: string): ChatMessage[] => [{ role: "user", text }];

async function gather(reply: AsyncIterable<ReplyEvent>) {
  const events: ReplyEvent[] = [];
  for await (const event of reply) events.push(event);
  const text = events.map((event) => (event.type === "delta" ? event.text : "")).join("");
  const end = events.at(-1);
  return { text, end: end?.type === "end" ? end : expect.fail("no end"), events };
}

describeChatBackend("openai", () => open(), {
  message: "moc.elpmaxe €é😀 dlrow olleh",
  maxNewTokens: 40,
  exactUsage: false,
});

describe("an OpenAI-compatible server", () => {
  it("tells its models and what they see", async () => {
    expect(await open()).toMatchObject({
      name: "backwards",
      contextWindow: 2048,
      address: `openai:${url}#backwards`,
    });
    expect(await open({ model: "b" })).toMatchObject({ name: "b", contextWindow: 4096 });
    expect((await open({ model: "b", contextWindow: 100 })).contextWindow).toBe(100);
    expect((await open({ contextWindow: 100 })).contextWindow).toBe(100);
  });

  it("is told every control, and the extensions only where they are wanted", async () => {
    const backend = await open();
    const config = generationConfig({
      ...{ maxNewTokens: 9, temperature: 0.5, topK: 5, topP: 0.9, minP: 0.1, repetitionPenalty: 1.5 },
      ...{ frequencyPenalty: 0.25, presencePenalty: -1, seed: 7, logitBias: { 3: -5 } },
      stopSequences: ["a", "b", "c", "d", "e"],
      format: { type: "json-schema", schema: { type: "object" } },
    });
    await gather(backend.reply(say("hi"), config, { logprobs: 2 }));
    expect(server.asked.at(-1)).toMatchObject({ path: "/chat/completions", key: `Bearer ${KEY}` });
    expect(server.asked.at(-1)?.body).toEqual({
      model: "backwards",
      messages: [{ role: "user", content: "hi" }],
      ...{ max_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 5, min_p: 0.1, seed: 7 },
      ...{ repetition_penalty: 1.5, repeat_penalty: 1.5, frequency_penalty: 0.25, presence_penalty: -1 },
      logit_bias: { 3: -5 },
      stop: ["a", "b", "c", "d"],
      response_format: {
        type: "json_schema",
        json_schema: { name: "reply", schema: { type: "object" }, strict: true },
      },
      ...{ logprobs: true, top_logprobs: 2, stream: true, stream_options: { include_usage: true } },
    });
    await gather(backend.reply(say("hi"), generationConfig()));
    const plain = [
      "model",
      "messages",
      "max_tokens",
      "temperature",
      "top_p",
      "seed",
      "stream",
      "stream_options",
    ];
    expect(Object.keys(server.asked.at(-1)?.body ?? {}).sort()).toEqual(plain.sort());
  });

  it("is kept to stop sequences that it does not know", async () => {
    server.answer = ({ body }) => void delete (body as { stop?: unknown }).stop;
    const backend = await open();
    for (const [stop, text] of [
      ["ef", "abcd"],
      ["g", "abcdef"],
      ["abcdefg", ""],
      ["never", "abcdefg"],
    ] as const) {
      const config = generationConfig({ stopSequences: [stop] });
      expect(await gather(backend.reply(say("gfedcba"), config, { logprobs: 1 }))).toMatchObject({
        text,
        end: { finish: "stop" },
      });
    }
    server.answer = undefined;
  });

  it("that does not count is counted for, which is marked", async () => {
    server.usage = false;
    const { end } = await gather((await open()).reply(say("abcdef"), generationConfig()));
    server.usage = true;
    expect(end.usage).toEqual({ promptTokens: 10, completionTokens: 6, estimated: true });
    expect((await gather((await open()).reply(say("abcdef"), generationConfig()))).end.usage).toEqual({
      promptTokens: 6,
      completionTokens: 6,
    });
  });

  it("sees its connection close when nobody listens any more", async () => {
    server.answer = (request, response) => {
      if (request.path === "/models") return;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n');
      response.on("close", () => server.closedEarly++);
      return true;
    };
    const backend = await open();
    const before = server.closedEarly;
    const reply = backend.reply(say("x"), generationConfig());
    await reply.next();
    await reply.return();
    const controller = new AbortController();
    const aborted = gather(backend.reply(say("x"), generationConfig(), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    expect(await aborted).toMatchObject({ text: "a", end: { finish: "aborted" } });
    await expect.poll(() => server.closedEarly).toBe(before + 2);
    const silent = await open({ timeout: 50 });
    await expect(gather(silent.reply(say("x"), generationConfig()))).rejects.toMatchObject({
      code: "backend-down",
      message: expect.stringContaining("nothing came for 0.05 s"),
    });
    server.answer = undefined;
  });

  it("may not stream, or break off", async () => {
    const answering = (text: string, type: string): void => {
      server.answer = ({ path }, response) => {
        if (path === "/models") return;
        response.writeHead(200, { "content-type": type });
        response.end(text);
        return true;
      };
    };
    const backend = await open();
    const reply = () => gather(backend.reply(say("x"), generationConfig()));
    const choices = [{ message: { content: "all" }, finish_reason: "length" }];
    answering(JSON.stringify({ choices }), "application/json");
    expect(await reply()).toMatchObject({ text: "all", end: { finish: "length" } });
    answering('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', "text/event-stream");
    await expect(reply()).rejects.toMatchObject({ code: "backend-down" });
    answering("data: {oops\n\n", "text/event-stream");
    await expect(reply()).rejects.toMatchObject({ message: expect.stringContaining("not JSON") });
    answering('data: {"error":{"message":"out of memory"}}\n\n', "text/event-stream");
    await expect(reply()).rejects.toMatchObject({ message: expect.stringContaining("out of memory") });
    answering(`data: ${"x".repeat(2_000_000)}`, "text/event-stream");
    await expect(reply()).rejects.toMatchObject({ message: expect.stringContaining("more than 1 MiB") });
    answering('data: [1]\n\ndata: null\n\ndata: {"choices":7}\n\ndata: [DONE]\n\n', "text/event-stream");
    expect(await reply()).toMatchObject({ text: "", end: { finish: "stop" } });
    server.answer = undefined;
  });

  it.each<[number, unknown, string, RegExp]>([
    [
      401,
      { error: { message: `Incorrect key ${KEY}` } },
      "backend-refused",
      /does not take the key: .*\*\*\*/,
    ],
    [403, {}, "backend-refused", /status 403/],
    [404, { error: { message: "model 'x' not found" } }, "model-not-found", /parrotlet models/],
    [404, { error: { message: "no such route" } }, "unable", /cannot answer messages/],
    [400, { error: { code: "context_length_exceeded", message: "too many" } }, "prompt-too-long", /too many/],
    [
      400,
      { error: { type: "exceed_context_size_error", message: "request (9) exceeds" } },
      "prompt-too-long",
      /request \(9\)/,
    ],
    [400, { message: "top_k must be an integer" }, "backend-refused", /top_k must be/],
    [429, { error: { message: "slow down" } }, "busy", /slow down.*Try again in 7 s/],
    [500, "<h1>oops</h1>", "backend-down", /oops/],
  ])("that says %d %j is understood", async (status, body, code, message) => {
    const backend = await open();
    server.answer = (_, response) => {
      json(response, status, body, { "retry-after": "7" });
      return true;
    };
    const failed = await gather(backend.reply(say("x"), generationConfig())).catch((error: unknown) => error);
    server.answer = undefined;
    expect(failed).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String(failed)).not.toContain(KEY);
  });

  it("that is not there is said so", async () => {
    const other = new FakeServer();
    const gone = await other.listen();
    await other.close();
    await expect(open({ url: gone })).rejects.toMatchObject({
      code: "backend-down",
      url: gone,
      message: expect.stringContaining("ECONNREFUSED"),
    });
    await expect(open({ url: gone, model: "x" })).rejects.toMatchObject({ code: "backend-down" });
  });

  it("is not asked for what it cannot do", async () => {
    const backend = await open();
    const asked = server.asked.length;
    const format = { type: "regex", pattern: "a" } as const;
    const config = generationConfig({ format });
    await expect(gather(backend.reply(say("x"), config))).rejects.toMatchObject({ code: "unable" });
    await expect(gather(backend.reply(say("x".repeat(9000)), generationConfig()))).rejects.toMatchObject({
      code: "prompt-too-long",
    });
    expect(server.asked).toHaveLength(asked);
    await expect(open({ key: "a b\n" })).rejects.toMatchObject({
      code: "backend-refused",
      message: expect.not.stringContaining("a b"),
    });
  });
});
