import { describe, expect, it } from "vitest";
import type { GenerationConfig } from "../../generate/index.ts";
import { ScriptedBackend, type ScriptedOptions } from "../scripted-backend.contract.ts";
import { ChatSession } from "./chat-session.ts";
import { Conversation } from "./conversation.ts";
import { collected, countingSources } from "./fixtures.contract.ts";
import type { ConversationRecord } from "./records.ts";

function setup(options: ScriptedOptions = {}, config: Partial<GenerationConfig> = {}, system?: string) {
  const backend = new ScriptedBackend(options);
  const written: ConversationRecord[] = [];
  let seed = 70;
  const session = new ChatSession({
    backend,
    conversation: Conversation.begin(countingSources(), { system }),
    config,
    nextSeed: () => seed++,
    onRecord: async (record) => {
      await Promise.resolve();
      written.push(record);
    },
  });
  const texts = (): string[] => session.conversation.path.map(({ text }) => text);
  return { backend, session, written, texts };
}

describe("a session", () => {
  it("tells the prompt, the reply as it comes, and the message as it is recorded", async () => {
    const { session, written, texts } = setup({ answer: () => " Hello \n" });
    const [prompt, ...events] = await collected(session.send("Hi"));
    const end = events.pop();
    expect(prompt).toMatchObject({
      type: "prompt",
      dropped: [],
      ignored: [],
      promptTokens: 4,
      maxNewTokens: 100,
    });
    expect(events.map((event) => event.type === "delta" && event.text).join("")).toBe(" Hello \n");
    expect(end).toMatchObject({ type: "end", finish: "stop", message: session.conversation.head });
    expect(texts()).toEqual(["Hi", "Hello"]);
    expect(session.conversation.head).toMatchObject({
      model: { address: "run:scripted", name: "scripted" },
      usage: { promptTokens: 4, completionTokens: 8 },
      timing: { tokensPerSecond: expect.any(Number) },
      config: { seed: 70 },
    });
    expect(written).toEqual(session.conversation.records.slice(1));
  });

  it("records what the user says before anything of the reply is told, and waits for it", async () => {
    const { session, written } = setup();
    const events = session.send("Hi");
    expect(written).toEqual([]);
    expect((await events.next()).value).toMatchObject({ type: "prompt" });
    expect(written).toMatchObject([{ role: "user", text: "Hi" }]);
    for await (const event of events) if (event.type === "delta") expect(written).toHaveLength(1);
    expect(written).toMatchObject([{ role: "user" }, { role: "assistant", text: "iH" }]);
  });

  it("takes back what the backend refuses, so that trying again says it once", async () => {
    const { session, written, texts } = setup({ abilities: { formats: [] } }, { format: { type: "json" } });
    await expect(collected(session.send("Hi"))).rejects.toMatchObject({ code: "unable" });
    await expect(collected(session.send("Hi"))).rejects.toMatchObject({ code: "unable" });
    const types = written.map((record) => (record as { type: string }).type);
    expect([types, texts(), session.busy]).toEqual([["message", "head", "message", "head"], [], false]);
    session.setConfig({ format: undefined });
    await collected(session.send("Hi"));
    expect(texts()).toEqual(["Hi", "iH"]);
  });

  it("stops the model where the user leaves before the reply", async () => {
    const { session, texts, backend } = setup();
    for await (const event of session.send("Hello")) if (event.type === "prompt") break;
    expect([texts(), backend.made, backend.aborted, session.busy]).toEqual([["Hello"], 1, 1, false]);
  });

  it("asks nothing where the message cannot be written", async () => {
    const backend = new ScriptedBackend();
    const conversation = Conversation.begin(countingSources());
    const onRecord = () => Promise.reject(new Error("disk full"));
    const session = new ChatSession({ backend, conversation, nextSeed: () => 1, onRecord });
    await expect(collected(session.send("Hi"))).rejects.toThrow("disk full");
    expect([conversation.path, backend.made, backend.aborted, session.busy]).toEqual([[], 0, 0, false]);
  });

  it("keeps what was said so far where it is aborted, by signal or by leaving", async () => {
    const { session, texts, backend } = setup({ answer: () => "abcdef" });
    const abort = new AbortController();
    for await (const event of session.send("Hi", { signal: abort.signal }))
      if (event.type === "delta" && event.text === "c") abort.abort();
    expect(texts()).toEqual(["Hi", "abc"]);
    expect(session.conversation.head).toMatchObject({ finish: "aborted", usage: { completionTokens: 3 } });
    for await (const event of session.regenerate()) if (event.type === "delta") break;
    expect(texts()).toEqual(["Hi", "a"]);
    expect(session.conversation.head?.finish).toBe("aborted");
    expect([session.busy, backend.aborted]).toEqual([false, 2]);
  });

  it("records no reply without text; the message stays and can be answered again", async () => {
    let answer = "  ";
    const { session, texts } = setup({ answer: () => answer });
    expect((await collected(session.send("Hi"))).at(-1)).toMatchObject({ type: "end", message: undefined });
    expect(texts()).toEqual(["Hi"]);
    answer = "Hello";
    await collected(session.regenerate());
    expect(texts()).toEqual(["Hi", "Hello"]);
    expect(session.conversation.messages).toHaveLength(2);
  });

  it("keeps what came where the backend fails midway, and says how it failed", async () => {
    const { session, texts, backend } = setup();
    const reply = backend.reply.bind(backend);
    backend.reply = async function* (...all) {
      for await (const event of reply(...all)) {
        yield event;
        if (backend.made === 2) throw new Error("cable cut");
      }
    };
    await expect(collected(session.send("Hello"))).rejects.toThrow("cable cut");
    expect(texts()).toEqual(["Hello", "ol"]);
    expect(session.conversation.head).toMatchObject({ finish: "aborted" });
    expect(session.conversation.head?.usage).toBeUndefined();
  });

  it("regenerates, edits by id or place, goes on, undoes and forks", async () => {
    const { session, texts, backend } = setup({}, { maxNewTokens: 5 });
    await collected(session.send("abc"));
    await collected(session.send("defghij"));
    expect(texts()).toEqual(["abc", "cba", "defghij", "jihgf"]);
    expect(session.conversation.head?.finish).toBe("length");
    await collected(session.continueReply());
    expect(texts().at(-1)).toBe("jihgfed");
    expect(backend.asked.at(-1)?.messages.at(-1)).toEqual({ role: "assistant", text: "jihgf" });
    await collected(session.regenerate());
    expect(session.conversation.versions(session.conversation.head?.id ?? "").versions).toHaveLength(3);
    await session.choose(-1, -1);
    expect(texts().at(-1)).toBe("jihgfed");
    await collected(session.edit(0, "xy"));
    expect(texts()).toEqual(["xy", "yx"]);
    await session.choose(0, -1);
    expect(texts()).toHaveLength(4);
    await collected(session.edit(session.conversation.path[2]?.id ?? "", "uv"));
    expect(texts()).toEqual(["abc", "cba", "uv", "vu"]);
    await session.undo();
    expect(texts()).toEqual(["abc", "cba"]);
    expect(session.fork(0).path).toMatchObject([{ text: "abc" }]);
    await session.redo();
    expect(texts()).toHaveLength(4);
    await expect(collected(session.edit(1, "no"))).rejects.toMatchObject({ code: "message-not-found" });
    await expect(collected(session.edit(9, "no"))).rejects.toThrow("There is no message 9: the path has 4");
  });

  it("drops the oldest exchanges visibly, and counts what it used", async () => {
    const { session, backend } = setup(
      { contextWindow: 39, answer: () => "12345" },
      { maxNewTokens: 5 },
      "s",
    );
    for (const text of ["aaaaaaaa", "bbbbbbbb", "cccccccc"]) await collected(session.send(text));
    const [prompt] = await collected(session.send("d"));
    expect(prompt).toMatchObject({
      system: "s",
      dropped: [{ text: "aaaaaaaa" }, { text: "12345" }, { text: "bbbbbbbb" }, { text: "12345" }],
      kept: [{ text: "cccccccc" }, { text: "12345" }, { text: "d" }],
    });
    expect(backend.asked.at(-1)?.messages.map(({ text }) => text)).toEqual(["s", "cccccccc", "12345", "d"]);
    const { promptTokens } = prompt?.type === "prompt" ? prompt : { promptTokens: 0 };
    const stats = session.stats();
    expect(stats).toMatchObject({ dropped: 4, replies: 4, contextUsed: promptTokens + 5, contextWindow: 39 });
    expect(stats.totals.completionTokens).toBe(20);
  });

  it("records nothing of a message that is too long", async () => {
    const { session, written } = setup({ contextWindow: 20 });
    await expect(collected(session.send("x".repeat(30)))).rejects.toMatchObject({ code: "prompt-too-long" });
    expect([written, session.busy]).toEqual([[], false]);
    await collected(session.send("ok"));
    expect(written).toHaveLength(2);
  });

  it("makes one reply at a time", async () => {
    const { session } = setup();
    const first = session.send("Hi");
    await first.next();
    await expect(session.send("Ho").next()).rejects.toMatchObject({ code: "session-busy" });
    await expect(session.undo()).rejects.toMatchObject({ code: "session-busy" });
    expect(() => session.switchTo(new ScriptedBackend())).toThrow("A reply is being made");
    await first.return();
    await collected(session.send("Ho"));
  });

  it("gives a model what it takes, and tells what it does not", async () => {
    const { session, backend } = setup({ abilities: { system: false, history: false } }, {}, "Be brief.");
    await collected(session.send("one"));
    const [prompt] = await collected(session.send("two"));
    expect(prompt).toMatchObject({
      system: undefined,
      ignored: ["system", "history"],
      kept: [{ text: "two" }],
    });
    expect(backend.asked.at(-1)?.messages).toEqual([{ role: "user", text: "two" }]);
    await collected(session.continueReply());
    expect(backend.asked.at(-1)?.messages.map(({ text }) => text)).toEqual(["two", "owt"]);
    session.switchTo(new ScriptedBackend({ abilities: { chat: false } }));
    await expect(collected(session.send("three"))).rejects.toMatchObject({ code: "unable" });
  });

  it("goes on with another model, and joins what was never answered where roles must alternate", async () => {
    const { session } = setup({ answer: () => "" });
    await collected(session.send("one"));
    const other = new ScriptedBackend({ name: "other" });
    Object.defineProperty(other, "kind", { value: "llama" });
    session.switchTo(other);
    const [prompt] = await collected(session.send("two"));
    expect(other.asked[0]?.messages).toEqual([{ role: "user", text: "one\n\ntwo" }]);
    expect(prompt).toMatchObject({ promptTokens: 10, kept: [{ text: "one" }, { text: "two" }] });
    expect(session.conversation.head?.model?.name).toBe("other");
  });

  it("draws by a seed of its own each time, or by the one that was given", async () => {
    const { session, backend } = setup();
    await collected(session.send("a"));
    await collected(session.send("b"));
    session.setConfig({ seed: 5, temperature: 0.5 });
    await collected(session.send("c"));
    session.setConfig({ seed: undefined });
    await collected(session.send("d"));
    expect(backend.asked.map(({ config }) => config.seed)).toEqual([70, 71, 5, 72]);
    expect(session.conversation.head?.config).toEqual({ temperature: 0.5, seed: 72 });
    expect(() => session.setConfig({ temperature: -1 })).toThrow("temperature is -1");
    expect(session.config.temperature).toBe(0.5);
  });
});
