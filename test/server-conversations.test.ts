import { afterEach, describe, expect, it } from "vitest";
import { MemoryStorage } from "../src/base/index.ts";
import type { ScriptedOptions } from "../src/chat/scripted-backend.contract.ts";
import { countingSources } from "../src/chat/session/fixtures.contract.ts";
import { createApi, hashKey } from "../src/server/index.ts";
import { Workspace } from "../src/workspace/index.ts";
import { allEvents, eventsOf } from "./read-events.ts";
import { type ServedConversations, serveConversations, serveScripted, until } from "./serve-for-test.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
type Body = any;

let served: ServedConversations;

async function start(scripted: ScriptedOptions = {}, readOnly = false) {
  served = await serveConversations(scripted, readOnly);
  return served;
}

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${served.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const get = async (path: string): Promise<Body> => (await send("GET", path)).json();
const post = async (path: string, body: unknown = {}): Promise<Body> =>
  (await send("POST", path, body)).json();
const texts = ({ path, messages }: Body): string[] =>
  path.map(({ id }: Body) => messages.find((message: Body) => message.id === id).text);

describe("the conversations of a server", () => {
  afterEach(() => served.listening.close());

  it("are begun, talked in, and recorded before and after", async () => {
    const { store } = await start();
    const begun = await send("POST", "/api/conversations", { title: "First", system: "Be brief." });
    expect(begun.status).toBe(201);
    const { id } = (await begun.json()) as Body;
    const response = await send("POST", `/api/conversations/${id}/messages`, {
      text: "olleh",
      config: { temperature: 0.5, seed: 9 },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = await allEvents(response);
    expect(events[0]).toMatchObject({
      event: "prompt",
      data: { system: "Be brief.", dropped: [], ignored: [], seed: 9, message: { text: "olleh" } },
    });
    const deltas = events.filter(({ event }) => event === "delta").map(({ data }) => data["text"]);
    expect(deltas.join("")).toBe("hello");
    expect(events.at(-1)).toMatchObject({
      event: "end",
      data: { finish: "stop", message: { text: "hello" } },
    });
    const kept = await store.open(id);
    expect(kept.path.map(({ text }) => text)).toEqual(["olleh", "hello"]);
    const read = await get(`/api/conversations/${id}?records=true`);
    expect(read).toMatchObject({ id, title: "First", system: "Be brief.", busy: false });
    expect(read.messages).toEqual(JSON.parse(JSON.stringify(kept.messages)));
    expect(read.records).toEqual(JSON.parse(JSON.stringify(kept.records)));
    expect(served.backend.asked[0]?.config).toMatchObject({ temperature: 0.5, seed: 9 });
    expect(served.errors).toEqual([]);
  });

  it("answer again, otherwise, further, and as they were", async () => {
    await start({ answer: (_, { seed }) => `answer of seed ${seed}` });
    const { id } = await post("/api/conversations");
    const at = `/api/conversations/${id}`;
    const say = (path: string, body: object) => post(`${at}/${path}`, { stream: false, ...body });
    const first = await say("messages", { text: "one", config: { seed: 1 } });
    expect(first).toMatchObject({ message: { text: "answer of seed 1" }, finish: "stop", usage: {} });
    await say("retry", { config: { seed: 2 } });
    let now = await get(at);
    expect(texts(now)).toEqual(["one", "answer of seed 2"]);
    expect(now.path[1]).toMatchObject({ versions: [first.message.id, now.path[1].id], index: 1 });
    expect(texts(await post(`${at}/choose`, { message: now.path[1].id, by: -1 }))).toEqual([
      "one",
      "answer of seed 1",
    ]);
    await say("edit", { message: now.path[0].id, text: "two", config: { seed: 3, maxNewTokens: 9 } });
    await say("continue", { config: { seed: 3 } });
    now = await get(at);
    expect(texts(now)).toEqual(["two", "answer of seed 3"]);
    expect(texts(await post(`${at}/undo`))).toEqual([]);
    expect(texts(await post(`${at}/redo`))).toEqual(texts(now));
    const fork = await send("POST", `${at}/fork`, { message: now.path[0].id });
    expect(fork.status).toBe(201);
    const forked = (await fork.json()) as Body;
    expect(texts(forked)).toEqual(["two"]);
    expect(forked.forkedFrom.conversation).toBe(id);
    expect(texts(await post(`${at}/choose`, { message: first.message.id }))).toEqual([
      "one",
      "answer of seed 1",
    ]);
  });

  it("take the usual number of tokens as the most, and no format that the client did not ask for", async () => {
    const api = createApi({ workspace: new Workspace(new MemoryStorage()), sources: countingSources() });
    const defaults = { maxNewTokens: 100, format: { type: "json" }, temperature: 0.25 } as const;
    const scripted = { contextWindow: 40, abilities: { formats: [] } };
    const { listening, backend } = await serveScripted(scripted, { ...api, defaults });
    served = { ...served, listening, url: listening.url };
    const { id } = await post("/api/conversations");
    const reply = await post(`/api/conversations/${id}/messages`, { text: "olleh", stream: false });
    expect(reply.message?.text).toBe("hello");
    const [asked] = backend.asked;
    expect(asked?.config).toMatchObject({ maxNewTokens: 33, format: undefined, temperature: 0.25 });
  });

  it("refuse those for whom no more may wait, though they come at once", async () => {
    const api = createApi({ workspace: new Workspace(new MemoryStorage()), sources: countingSources() });
    const { listening, host } = await serveScripted({ delay: 20 }, { ...api, limits: { waiting: 1 } });
    const open = host.open.bind(host);
    host.open = async (reference) => {
      await new Promise((done) => setTimeout(done, 100));
      return open(reference);
    };
    served = { ...served, listening, url: listening.url };
    const ids = [await post("/api/conversations"), await post("/api/conversations")].map(({ id }) => id);
    const body = { text: "hi", stream: false };
    const answers = await Promise.all(
      ids.map((id) => send("POST", `/api/conversations/${id}/messages`, body)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429]);
  });

  it("keep what came when the client goes away in the middle", async () => {
    const { store } = await start({ delay: 3, answer: () => "x".repeat(150), contextWindow: 500 });
    const { id } = await post("/api/conversations");
    const abort = new AbortController();
    const response = await fetch(`${served.url}/api/conversations/${id}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "hi", config: { maxNewTokens: 200 } }),
      signal: abort.signal,
    });
    for await (const { event } of eventsOf(response)) if (event === "delta") break;
    abort.abort();
    await until(() => served.backend.aborted === 1);
    let path = (await store.open(id)).path;
    while (path.length < 2) path = (await store.open(id)).path;
    expect(path[1]).toMatchObject({ finish: "aborted", text: "x".repeat(served.backend.made) });
    expect(served.backend.made).toBeLessThan(150);
    while ((await get(`/api/conversations/${id}`)).busy) await new Promise((done) => setTimeout(done, 2));
    const again = await post(`/api/conversations/${id}/retry`, {
      stream: false,
      config: { maxNewTokens: 3 },
    });
    expect(again.message.text).toBe("xxx");
    await until(() => served.host.holds === 1); // the server's own
  });

  it("are not over before a reply is written down when the server closes", async () => {
    const { store } = await start({ delay: 3, answer: () => "x".repeat(150), contextWindow: 500 });
    const { id } = await post("/api/conversations");
    const response = await send("POST", `/api/conversations/${id}/messages`, { text: "hi" });
    const events = eventsOf(response);
    await events.next();
    await until(() => served.backend.made > 3);
    const rest = (async () => {
      let last: unknown;
      for await (const event of events) last = event;
      return last;
    })().catch((error: unknown) => error);
    await served.listening.close();
    expect((await store.open(id)).head).toMatchObject({ role: "assistant", finish: "aborted" });
    await rest;
  });

  it("make one reply at a time", async () => {
    await start({ delay: 3, answer: () => "x".repeat(50) });
    const { id } = await post("/api/conversations");
    const first = await send("POST", `/api/conversations/${id}/messages`, { text: "hi" });
    for (const [method, path, body] of [
      ["POST", "/messages", { text: "ho" }],
      ["POST", "/retry", {}],
      ["POST", "/undo", {}],
      ["PATCH", "", { title: "x" }],
      ["DELETE", "", undefined],
    ] as const) {
      const second = await send(method, `/api/conversations/${id}${path}`, body);
      expect([second.status, ((await second.json()) as Body).error.code]).toEqual([409, "session-busy"]);
    }
    expect((await get(`/api/conversations/${id}`)).busy).toBe(true);
    const other = await post("/api/conversations");
    const beside = await post(`/api/conversations/${other.id}/messages`, { text: "ho", stream: false });
    expect(beside.finish).toBe("stop");
    await allEvents(first);
  });

  it("go on side by side, each with its own, whoever leaves", async () => {
    const { store } = await start({ delay: 1, answer: (messages) => `${messages.at(-1)?.text} indeed` });
    const talks = Array.from({ length: 24 }, async (_, number) => {
      const { id } = await post("/api/conversations", { id: `talk-${number}` });
      const abort = new AbortController();
      const response = await fetch(`${served.url}/api/conversations/${id}/messages`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: `number ${number}` }),
        signal: abort.signal,
      });
      if (number % 3 > 0) return allEvents(response);
      for await (const { event } of eventsOf(response)) if (event === "delta") break;
      return abort.abort();
    });
    await Promise.all(talks);
    for (let number = 0; number < 24; number++) {
      const id = `talk-${number}`;
      while ((await get(`/api/conversations/${id}`)).busy) await new Promise((done) => setTimeout(done, 2));
      const [asked, answer] = (await store.open(id)).path;
      expect(asked?.text).toBe(`number ${number}`);
      expect(`number ${number} indeed`.startsWith(answer?.text ?? "?")).toBe(true);
      if (number % 3 > 0) expect(answer).toMatchObject({ text: `number ${number} indeed`, finish: "stop" });
    }
    await until(() => served.lines.length >= 48);
    expect(served.errors).toEqual([]);
  });

  it("are listed by pages, found, renamed and removed", async () => {
    await start();
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) {
      const { id } = await post("/api/conversations", { title: `Number ${number}` });
      ids.unshift(id);
    }
    await post(`/api/conversations/${ids[4]}/messages`, { text: "Grüße aus ZÜRICH", stream: false });
    ids.unshift(ids.pop() ?? "");
    const seen: string[] = [];
    let next: string | undefined = "";
    for (let pages = 0; next !== undefined && pages < 5; pages++) {
      const after: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
      const page: Body = await get(`/api/conversations?limit=2${after}`);
      seen.push(...page.conversations.map(({ id }: Body) => id));
      next = page.next;
    }
    expect(seen).toEqual(ids);
    const { hits } = await get("/api/conversations?q=z%C3%BCrich%20gr%C3%BC%C3%9Fe");
    expect(hits).toMatchObject([{ conversation: ids[0], snippet: "Grüße aus ZÜRICH" }]);
    await send("PATCH", `/api/conversations/${ids[0]}`, { title: "Swiss", system: "Yodel." });
    expect(await get(`/api/conversations/${ids[0]}`)).toMatchObject({ title: "Swiss", system: "Yodel." });
    await send("PATCH", `/api/conversations/${ids[0]}`, { system: null });
    expect((await get(`/api/conversations/${ids[0]}`)).system).toBeUndefined();
    expect(await (await send("DELETE", `/api/conversations/${ids[0]}`)).json()).toEqual({
      id: ids[0],
      deleted: true,
    });
    expect((await send("GET", `/api/conversations/${ids[0]}`)).status).toBe(404);
  });

  it("come in and go out as JSON, as OpenAI has them, and as Markdown", async () => {
    await start();
    const { id } = await post("/api/conversations", { title: "Talk", system: "Be." });
    await post(`/api/conversations/${id}/messages`, { text: "a <!-- b\n\n# c", stream: false });
    await post(`/api/conversations/${id}/retry`, { stream: false });
    const before = await get(`/api/conversations/${id}`);
    const out = async (as: string) => (await send("GET", `/api/conversations/${id}/export?as=${as}`)).text();
    const ours = await post("/api/conversations/import", { json: JSON.parse(await out("json")) });
    expect(ours).toEqual({ ...before, id: `${id}-2` });
    for (const body of [{ json: JSON.parse(await out("openai")) }, { markdown: await out("markdown") }]) {
      const read = await post("/api/conversations/import", body);
      expect([texts(read), read.system]).toEqual([texts(before), "Be."]);
    }
    const list = JSON.parse(await out("openai")).messages;
    const named = await post("/api/conversations/import", { json: list, title: "Mine" });
    expect([texts(named), named.title]).toEqual([texts(before), "Mine"]);
    for (const body of [
      {},
      { json: 5 },
      { json: { messages: [{ role: "king", content: "" }] } },
      { markdown: "#" },
    ])
      expect((await send("POST", "/api/conversations/import", body)).status).toBe(400);
    const large = { markdown: await out("markdown"), padding: "x".repeat(1 << 21) };
    expect((await send("POST", "/api/conversations/import", large)).status).toBe(400); // not 413
    expect((await send("POST", "/api/conversations", { title: "x".repeat(1 << 21) })).status).toBe(413);
  });

  it("say what is wrong, and never more than the client may know", async () => {
    await start({ contextWindow: 30 });
    const { id } = await post("/api/conversations");
    const at = `/api/conversations/${id}`;
    const wrong: readonly (readonly [string, string, unknown, number, string])[] = [
      ["GET", "/api/conversations/nobody", undefined, 404, "conversation-not-found"],
      ["GET", "/api/conversations/..%2f..%2fetc", undefined, 400, "bad-name"],
      ["GET", "/api/conversations/%2e%2e%2fx", undefined, 400, "bad-name"],
      ["GET", "/api/conversations/a%00b", undefined, 400, "bad-name"],
      ["GET", `/api/conversations/${"x".repeat(5000)}`, undefined, 400, "bad-name"],
      [
        "GET",
        `/api/conversations/${encodeURIComponent("größe-日本")}`,
        undefined,
        404,
        "conversation-not-found",
      ],
      ["DELETE", "/api/conversations/CON", undefined, 400, "bad-name"],
      ["POST", "/api/conversations", { id: "../x" }, 400, "bad-name"],
      ["POST", "/api/conversations", { titel: "x" }, 400, "invalid_value"],
      ["POST", `${at}/messages`, { text: "hi", model: "/etc/passwd" }, 404, "model-not-found"],
      ["POST", `${at}/messages`, { text: "hi", config: { temperature: -1 } }, 400, "generation-config"],
      ["POST", `${at}/messages`, { text: "hi", config: { heat: 1 } }, 400, "invalid_value"],
      ["POST", `${at}/messages`, { text: "x".repeat(40) }, 400, "prompt-too-long"],
      ["POST", `${at}/edit`, { text: "x", message: "gone" }, 404, "message-not-found"],
      ["POST", `${at}/retry`, {}, 404, "message-not-found"],
      ["POST", `${at}/continue`, {}, 404, "message-not-found"],
      ["POST", `${at}/undo`, {}, 404, "message-not-found"],
      ["POST", `${at}/choose`, { message: "x", by: 2 }, 400, "invalid_value"],
      ["GET", `${at}/export?as=pdf`, undefined, 400, "invalid_value"],
      ["GET", "/api/conversations?limit=0", undefined, 400, "invalid_value"],
      ["GET", "/api/conversations?after=x", undefined, 400, "invalid_value"],
      ["GET", "/api/models/nothing", undefined, 404, "model-not-found"],
      ["GET", "/api/runs/..%2f..", undefined, 404, "run-not-found"],
      ["GET", "/api/runs/nothing/events", undefined, 404, "run-not-found"],
      ["PUT", at, {}, 405, "method_not_allowed"],
      ["POST", "/api/trainings", { recipe: "tinytalks" }, 404, "unknown_route"],
    ];
    for (const [method, path, body, status, code] of wrong) {
      const response = await send(method, path, body);
      const { error } = (await response.json()) as Body;
      expect([response.status, error.code], `${method} ${path}`).toEqual([status, code]);
      expect(error.message.length).toBeLessThan(500);
      expect(error.message).not.toMatch(/secret|(?<!api\/)(conversations|runs)\//);
    }
    expect((await get(at)).messages).toEqual([]);
    expect(served.errors).toEqual([]);
    expect(await served.storage.list("")).toEqual([{ name: "conversations", kind: "folder" }]);
  });

  it("tell nobody in which folder a model is", async () => {
    const { store } = await start();
    const talk = await store.create();
    const model = { address: "gguf:/home/me/secret/model.gguf", name: "model" };
    await store.append(talk.id, talk.assistantMessage({ text: "Hi", model }));
    for (const path of ["", "?records=true", "/export", "/export?as=openai", "/export?as=markdown"]) {
      const said = await (await send("GET", `/api/conversations/${talk.id}${path}`)).text();
      expect(said, path).toContain("Hi");
      expect(said, path).not.toContain("secret");
    }
  });

  it("cannot be changed where a server is for reading", async () => {
    const { store } = await start({}, true);
    const { id } = await store.create({ title: "Kept" });
    expect((await get(`/api/conversations/${id}`)).title).toBe("Kept");
    for (const [method, path, body] of [
      ["POST", "/api/conversations", {}],
      ["POST", "/api/conversations/import", { json: [] }],
      ["POST", `/api/conversations/${id}/messages`, { text: "hi" }],
      ["POST", `/api/conversations/${id}/fork`, {}],
      ["POST", `/api/conversations/${id}/undo`, {}],
      ["PATCH", `/api/conversations/${id}`, { title: "x" }],
      ["DELETE", `/api/conversations/${id}`, undefined],
    ] as const) {
      const response = await send(method, path, body);
      expect([response.status, ((await response.json()) as Body).error.code]).toEqual([403, "read-only"]);
    }
    expect((await store.list()).map(({ title }) => title)).toEqual(["Kept"]);
  });

  it("are about models that it lists", async () => {
    await start();
    const { models } = await get("/api/models");
    expect(models).toMatchObject([
      { id: "scripted", address: "run:scripted", kind: "tiny", contextWindow: 200 },
    ]);
    expect(models[0].abilities).toBeUndefined();
    expect((await get("/api/models/run:scripted?open=true")).abilities.chat).toBe(true);
    expect((await get("/api/models")).models[0].abilities.history).toBe(true);
    const { paths } = await get("/openapi.json");
    expect(paths["/api/conversations/{id}/messages"].post.requestBody.content).toBeDefined();
    const ids = Object.values<Body>(paths).flatMap((each) =>
      Object.values<Body>(each).map(({ operationId }) => operationId),
    );
    expect(ids.length).toBeGreaterThan(25);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are nobody's without the key", async () => {
    const sources = countingSources();
    const { routes } = createApi({ workspace: new Workspace(new MemoryStorage()), sources });
    const keyHash = await hashKey("correct-horse");
    served = { ...served, ...(await serveScripted({}, { routes, keyHash })) };
    for (const [method, path] of [
      ["GET", "/api/conversations"],
      ["GET", "/api/runs"],
      ["POST", "/api/conversations"],
      ["DELETE", "/api/conversations/x"],
    ] as const)
      expect((await send(method, path)).status, path).toBe(401);
    const authorization = "Bearer correct-horse";
    expect((await send("GET", "/api/conversations", undefined, { authorization })).status).toBe(200);
  });
});
