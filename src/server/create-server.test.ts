import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { BusyError } from "../chat/index.ts";
import { hashKey } from "./guards/key.ts";
import {
  type ChatServer,
  createServer,
  type RequestLine,
  routeWithBody,
  type ServerOptions,
} from "./index.ts";
import {
  chatAnswer,
  completionAnswer,
  embeddingAnswer,
  errorAnswer,
  modelListAnswer,
} from "./openai/answers.ts";
import { hostOf } from "./scripted-host.contract.ts";

const ORIGIN = "http://localhost:7277";
const hello = { model: "scripted", messages: [{ role: "user", content: "olleh" }] };
const json = { "content-type": "application/json" };

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Request =>
  new Request(`${ORIGIN}${path}`, {
    method: "POST",
    headers: { ...json, ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
const get = (path: string, headers: Record<string, string> = {}): Request =>
  new Request(`${ORIGIN}${path}`, { headers });

const made = (
  scripted: Parameters<typeof hostOf>[0] = {},
  options: Partial<ServerOptions> = {},
): ReturnType<typeof hostOf> & { server: ChatServer; lines: RequestLine[]; errors: unknown[] } => {
  const known = hostOf(scripted);
  const lines: RequestLine[] = [];
  const errors: unknown[] = [];
  const log = {
    request: (line: RequestLine) => void lines.push(line),
    error: (_: string, error: unknown) => void errors.push(error),
  };
  return {
    ...known,
    lines,
    errors,
    server: createServer({ host: known.host, version: "1.2.3", log, ...options }),
  };
};

const refusal = async (response: Response): Promise<[number, string]> => {
  const body = (await response.json()) as { error: { code: string } };
  v.parse(errorAnswer, body);
  return [response.status, body.error.code];
};

describe("a server", () => {
  it("answers as its document says", async () => {
    const { server } = made();
    const answers = [
      [get("/v1/models"), modelListAnswer],
      [post("/v1/chat/completions", { ...hello, logprobs: true }), chatAnswer],
      [post("/v1/completions", { prompt: "abc", logprobs: 2 }), completionAnswer],
      [post("/v1/embeddings", { input: "abc" }), embeddingAnswer],
    ] as const;
    for (const [request, schema] of answers) {
      const response = await server.fetch(request);
      expect(response.status).toBe(200);
      const body: unknown = await response.json();
      expect(v.parse(schema, body)).toEqual(body); // nothing besides what is described
    }
  });

  it("needs a key where there is one, and tells nobody how near a wrong one is", async () => {
    const { server } = made({}, { keyHash: await hashKey("correct-horse") });
    expect(await refusal(await server.fetch(get("/v1/models")))).toEqual([401, "invalid_api_key"]);
    for (const key of ["correct-hors", "correct-horsf", "correct-horse2", ""])
      expect((await server.fetch(get("/v1/models", { authorization: `Bearer ${key}` }))).status).toBe(401);
    expect((await server.fetch(get("/v1/models", { authorization: "Bearer correct-horse" }))).status).toBe(
      200,
    );
    for (const path of ["/openapi.json", "/metrics", "/nowhere"])
      expect((await server.fetch(get(path))).status).toBe(401);
    for (const path of ["/", "/health"]) expect((await server.fetch(get(path))).status).toBe(200);
  });

  it("answers to its own names only", async () => {
    const { server, backend } = made({}, { allowedHosts: ["localhost", "[::1]", "parrot.local"] });
    const ask = (url: string, headers = {}): Promise<Response> => server.fetch(new Request(url, { headers }));
    for (const name of ["localhost", "localhost:81", "[::1]:7277", "Parrot.LOCAL", "parrot.local."])
      expect((await ask(`http://${name}/health`)).status).toBe(200);
    for (const name of ["evil.example", "localhost.evil.example", "127.0.0.1", "evil.example:80"])
      expect(await refusal(await ask(`http://${name}/health`))).toEqual([403, "host_not_allowed"]);
    expect((await ask(`${ORIGIN}/health`, { host: "evil.example" })).status).toBe(403);
    expect(backend.asked).toEqual([]);
  });

  it("lets no page of another origin in, but those that it was told", async () => {
    const { server, backend } = made({}, { allowedOrigins: ["https://chat.example"] });
    const ask = (origin: string): Promise<Response> =>
      server.fetch(post("/v1/chat/completions", hello, { origin }));
    for (const origin of ["https://evil.example", "null", "http://localhost:3000", "http://chat.example"])
      expect(await refusal(await ask(origin))).toEqual([403, "origin_not_allowed"]);
    expect(backend.asked).toEqual([]);
    const own = await ask(ORIGIN);
    expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    const other = await ask("https://chat.example");
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "https://chat.example",
    ]);
    const preflight = (origin: string): Promise<Response> =>
      server.fetch(
        new Request(`${ORIGIN}/v1/chat/completions`, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, x-stainless-os",
          },
        }),
      );
    expect((await preflight("https://evil.example")).status).toBe(403);
    const allowed = await preflight("https://chat.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-headers")).toBe("authorization, x-stainless-os");
  });

  it.each([
    [
      "another content type",
      "/v1/completions",
      {},
      { "content-type": "text/plain" },
      415,
      "unsupported_media_type",
    ],
    [
      "a form",
      "/v1/completions",
      "a=b",
      { "content-type": "application/x-www-form-urlencoded" },
      415,
      "unsupported_media_type",
    ],
    ["half a body", "/v1/completions", '{"prompt": "a', {}, 400, "invalid_json"],
    ["no body", "/v1/completions", "", {}, 400, "invalid_json"],
    ["a list", "/v1/completions", [], {}, 400, "invalid_value"],
    ["bad UTF-8", "/v1/completions", new Uint8Array([0x22, 0xff, 0x22]), {}, 400, "invalid_utf8"],
    ["deep JSON", "/v1/completions", "[".repeat(100_000), {}, 400, "json_too_deep"],
    ["a huge number", "/v1/completions", '{"max_tokens": 1e999}', {}, 400, "invalid_value"],
    ["token ids", "/v1/completions", { prompt: [1, 2] }, {}, 400, "unsupported_value"],
    ["a suffix", "/v1/completions", { prompt: "a", suffix: "b" }, {}, 400, "unsupported_value"],
    ["a long prompt", "/v1/completions", { prompt: "a".repeat(300) }, {}, 400, "context_length_exceeded"],
    ["another model", "/v1/completions", { prompt: "a", model: "../../etc" }, {}, 404, "model_not_found"],
    [
      "messages missing",
      "/v1/chat/completions",
      { model: "scripted" },
      {},
      400,
      "missing_required_parameter",
    ],
    [
      "nothing to say",
      "/v1/chat/completions",
      { messages: [{ role: "user" }] },
      {},
      400,
      "missing_required_parameter",
    ],
    ["nowhere", "/v2/chat", hello, {}, 404, "unknown_route"],
    ["another method", "/v1/models", hello, {}, 405, "method_not_allowed"],
    ["too large", "/v1/completions", "x".repeat(2 ** 20 + 1), {}, 413, "body_too_large"],
  ])("refuses %s", async (_, path, body, headers, status, code) => {
    const { server, errors, lines } = made();
    expect(await refusal(await server.fetch(post(path, body, headers as Record<string, string>)))).toEqual([
      status,
      code,
    ]);
    expect(errors).toEqual([]);
    expect(lines[0]?.status).toBe(status);
  });

  it("reads no more of a body without a length than it takes", async () => {
    const { server } = made({}, { limits: { bodyBytes: 1000 } });
    let given = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 100;
        controller.enqueue(new Uint8Array(100).fill(0x20));
      },
    });
    const request = new Request(`${ORIGIN}/v1/completions`, {
      method: "POST",
      headers: json,
      body,
      duplex: "half",
    } as RequestInit);
    expect((await server.fetch(request)).status).toBe(413);
    expect(given).toBeLessThan(2000);
  });

  it("takes fields that it does not know, and keeps nothing of them", async () => {
    const { server, backend } = made();
    const body = `{"messages": [{"role": "user", "content": "a", "name": "x"}], "user": "y", "store": true, "__proto__": {"polluted": 1}, "logit_bias": {"1": 2}}`;
    expect((await server.fetch(post("/v1/chat/completions", body))).status).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(backend.asked[0]?.messages).toEqual([{ role: "user", text: "a" }]);
  });

  it("tells a client nothing of an error of its own, and its log all", async () => {
    const secret = new Error("secret of /home/ada");
    const { server, errors } = made({
      answer: () => {
        throw secret;
      },
    });
    const response = await server.fetch(post("/v1/chat/completions", hello));
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toMatch(/secret|ada/);
    expect(text).toContain(response.headers.get("x-request-id"));
    expect(errors).toEqual([secret]);
  });

  it("says when to come again where too many wait", async () => {
    const busy = made({
      answer: () => {
        throw new BusyError(7, 3);
      },
    });
    const response = await busy.server.fetch(post("/v1/chat/completions", hello));
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
    const { server } = made({ delay: 20 }, { limits: { waiting: 2 } });
    const all = await Promise.all([1, 2, 3, 4].map(() => server.fetch(post("/v1/chat/completions", hello))));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429]);
    expect((await server.fetch(post("/v1/chat/completions", hello))).status).toBe(200);
  });

  it("counts who wants vectors among those who wait", async () => {
    const { server, backend } = made({}, { limits: { waiting: 2 } });
    let done: (vectors: Float32Array[]) => void = () => undefined;
    const vectors = new Promise<Float32Array[]>((resolve) => {
      done = resolve;
    });
    backend.embed = () => vectors;
    const embed = (): Promise<Response> => server.fetch(post("/v1/embeddings", { input: "abc" }));
    const two = [embed(), embed()];
    expect(await refusal(await embed())).toEqual([429, "rate_limit_exceeded"]);
    done([new Float32Array(8)]);
    for (const one of two) expect((await one).status).toBe(200);
    expect((await embed()).status).toBe(200);
  });

  it("writes no words to the log unless it is told to", async () => {
    const { server, lines } = made();
    await (await server.fetch(post("/v1/chat/completions", hello))).text();
    expect(lines).toEqual([
      expect.objectContaining({
        method: "POST",
        route: "/v1/chat/completions",
        status: 200,
        model: "scripted",
        promptTokens: 7,
        completionTokens: 5,
      }),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/olleh|hello/);
    const open = made({}, { logMessages: true });
    await (await open.server.fetch(post("/v1/chat/completions", hello))).text();
    expect(open.lines[0]).toMatchObject({ asked: "olleh", said: "hello" });
  });

  it("lets streams end within a grace period, and takes no more meanwhile", async () => {
    const { server, backend, host } = made({ delay: 5 });
    const stream = await server.fetch(post("/v1/chat/completions", { ...hello, stream: true }));
    const text = stream.text();
    const closed = server.close(5000);
    expect(await refusal(await server.fetch(post("/v1/chat/completions", hello)))).toEqual([503, "closing"]);
    expect(await text).toContain("[DONE]");
    await closed;
    expect([backend.aborted, host.holds]).toEqual([0, 0]);
  });

  it("aborts what does not end in that time", async () => {
    const { server, backend, host } = made({ delay: 5, answer: () => "x".repeat(90) });
    const stream = await server.fetch(post("/v1/chat/completions", { ...hello, stream: true }));
    const text = stream.text();
    await server.close(30);
    expect(await text).toMatch(/"code":"closing"\}\}\n\n$/);
    expect(backend.made).toBeLessThan(30);
    expect([backend.aborted, host.holds]).toEqual([1, 0]);
  });

  it("makes no more than a little of what nobody reads, and sends what is ready together", async () => {
    const { server, backend } = made({ contextWindow: 200_000, answer: () => "x".repeat(60_000) });
    const body = { ...hello, stream: true, max_tokens: 60_000 };
    const response = await server.fetch(post("/v1/chat/completions", body));
    await new Promise((done) => setTimeout(done, 30));
    expect(backend.made).toBeLessThan(20_000);
    let chunks = 0;
    let text = "";
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      chunks++;
      text += new TextDecoder().decode(bytes);
    }
    const said = [...text.matchAll(/"content":"(x+)"/g)].map(([, each]) => each?.length ?? 0);
    expect(said.reduce((sum, each) => sum + each, 0)).toBe(60_000);
    expect(chunks).toBeLessThan(20);
  });

  it("says that a silent stream lives", async () => {
    const { server } = made({ delay: 200, answer: () => "ab" }, { limits: { keepAliveMs: 10, headMs: 5 } });
    const text = await (await server.fetch(post("/v1/chat/completions", { ...hello, stream: true }))).text();
    expect(text).toMatch(/^: keep-alive\n\n/);
    expect(text).toContain('"content":"a"');
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it("counts what it does", async () => {
    const { server } = made();
    await (await server.fetch(post("/v1/chat/completions", hello))).text();
    await server.fetch(post("/v1/chat/completions", { model: 'a"b\n' }));
    for (let at = 0; at < 300; at++) await server.fetch(get(`/made-up/${at}`));
    const text = await (await server.fetch(get("/metrics"))).text();
    expect(text).toContain(
      'parrotlet_requests_total{method="POST",route="/v1/chat/completions",status="200"} 1\n',
    );
    expect(text).toContain(
      'parrotlet_requests_total{method="POST",route="/v1/chat/completions",status="400"} 1\n',
    );
    expect(text).toContain('parrotlet_requests_total{method="GET",route="unknown",status="404"} 300\n');
    expect(text).toContain('parrotlet_tokens_total{model="scripted",kind="completion"} 5\n');
    expect(text).toContain('parrotlet_first_token_seconds_count{model="scripted"} 1\n');
    expect(text).toContain("parrotlet_waiting 0\n");
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\\n]|\\.)*",?)+\})? [\d.e+-]+)$/);
  });

  it("takes routes of others, with all that guards its own", async () => {
    const route = routeWithBody({
      method: "POST",
      path: "/api/echo/:name",
      id: "echo",
      group: "Test",
      summary: "Says it again",
      body: v.object({ text: v.string() }),
      answers: [{ about: "It", type: "application/json" }],
      handle: ({ params }, { text }) => Response.json({ name: params["name"], text }),
    });
    const { server } = made({}, { routes: [route], keyHash: await hashKey("correct-horse") });
    const headers = { authorization: "Bearer correct-horse" };
    expect((await server.fetch(post("/api/echo/a", { text: "b" }))).status).toBe(401);
    expect(await (await server.fetch(post("/api/echo/a", { text: "b" }, headers))).json()).toEqual({
      name: "a",
      text: "b",
    });
    expect((await server.fetch(post("/api/echo/a", { text: 1 }, headers))).status).toBe(400);
    expect((await server.fetch(get("/api/echo/a", headers))).headers.get("allow")).toBe("POST");
    const { paths } = (await (await server.fetch(get("/openapi.json", headers))).json()) as { paths: object };
    expect(Object.keys(paths)).toContain("/api/echo/{name}");
  });
});
