import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { decodeText, encodeText, MemoryStorage, type Storage } from "../src/base/index.ts";
import { dyingAt } from "../src/base/storage.contract.ts";
import {
  ChatSession,
  type Conversation,
  type ConversationRecord,
  conversationFromJson,
  conversationToJson,
  recordLine,
} from "../src/chat/index.ts";
import { ScriptedBackend } from "../src/chat/scripted-backend.contract.ts";
import { countingSources } from "../src/chat/session/fixtures.contract.ts";
import { FileStorage } from "../src/node/file-storage.ts";
import { ConversationStore } from "../src/workspace/index.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "parrotlet-conversations-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Says texts in turn and writes them down. */
async function say(store: ConversationStore, talk: Conversation, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const { head } = talk;
    const model = { name: "pip", address: "run:pip" };
    const record = head?.role === "user" ? talk.reply(head.id, { text, model }) : talk.userMessage(text);
    await store.append(talk.id, record);
    talk.append(record);
  }
}
const texts = ({ path }: Conversation): string[] => path.map(({ text }) => text);

describe.each<[name: string, create: () => Promise<Storage>]>([
  ["memory", async () => new MemoryStorage()],
  ["files", async () => new FileStorage(await folder())],
])("conversations in %s", (_, create) => {
  const setup = async () => {
    const storage = await create();
    return { storage, store: new ConversationStore(storage, countingSources()) };
  };

  it("are what they were when they are opened again, by another store too", async () => {
    const { storage, store } = await setup();
    const talk = await store.create({ title: "Birds", system: "Chirp." });
    await say(store, talk, "Hi", "Hello");
    const undo = talk.undone();
    await store.append(talk.id, undo);
    talk.append(undo);
    const again = await new ConversationStore(storage, countingSources("b")).open(talk.id);
    expect(again.records).toEqual(talk.records);
    await say(store, again, "Ho");
    expect(texts(await store.open(talk.id))).toEqual(["Ho"]);
    expect((await store.open(talk.id)).messages).toHaveLength(3);
  });

  it("are listed, the newest first, with title, messages and model", async () => {
    const { store } = await setup();
    const [first, second, third] = [await store.create(), await store.create(), await store.create()];
    await say(store, first, "Hi   there,\nparrot", "Hello");
    await say(store, second, "x".repeat(100));
    await store.rename(first.id, "Birds");
    await store.append(first.id, first.undone());
    await store.delete(third.id);
    expect(await store.list()).toMatchObject([
      { id: first.id, title: "Birds", messages: 2, model: "pip" },
      { id: second.id, title: `${"x".repeat(59)}…`, messages: 1, model: undefined },
    ]);
    const [{ at } = { at: "" }] = await store.list();
    const { records } = await store.open(first.id);
    expect(at).toBe(records.at(-1)?.at);
    await expect(store.open(third.id)).rejects.toMatchObject({ code: "conversation-not-found" });
    await expect(store.delete(third.id)).rejects.toMatchObject({ code: "conversation-not-found" });
    await expect(store.rename("a", "b")).rejects.toThrow(/There is no conversation "a" in .*conversations/);
  });

  it("take a free name that is not too long", async () => {
    const { store } = await setup();
    const id = `${"é".repeat(62)}\u{10400}x`;
    await store.create({ id });
    const added = [await store.create({ id }), await store.create({ id })];
    expect(added.map((each) => each.id)).toEqual([`${"é".repeat(62)}-2`, `${"é".repeat(62)}-3`]);
  });

  it("take a free name when they are imported or forked", async () => {
    const { store } = await setup();
    const talk = await store.create({ id: "Chat" });
    await say(store, talk, "Hi", "Hello");
    const file = conversationToJson(talk).replace('"Chat"', '"chat"');
    const added = await Promise.all(
      [1, 2].map(() => store.add(conversationFromJson(file, countingSources("b")))),
    );
    expect(added.map(({ id }) => id)).toEqual(["chat-2", "chat-3"]);
    expect(texts(await store.open("chat-3"))).toEqual(["Hi", "Hello"]);
    const fork = await store.add(talk.fork());
    expect((await store.open(fork.id)).forkedFrom?.conversation).toBe("Chat");
  });

  it("are written in turn by who writes at once", async () => {
    const { store } = await setup();
    const talk = await store.create();
    const titles = Array.from({ length: 20 }, (_, index) => `title ${index}`);
    await Promise.all(titles.map((title) => store.rename(talk.id, title)));
    const { records, title } = await store.open(talk.id);
    expect(records).toHaveLength(21);
    expect(title).toBe("title 19");
  });

  it.each(["../x", "a/b", "", ".", "a\0b", "CON", "x".repeat(65), "a.jsonl/../../b"])(
    "never reach a file by the name %j",
    async (id) => {
      const { store } = await setup();
      const bad = { code: "bad-name" };
      const record = { type: "title", title: "t", at: "2026-01-01T00:00:00Z" } as const;
      await expect(store.open(id)).rejects.toMatchObject(bad);
      await expect(store.append(id, record)).rejects.toMatchObject(bad);
      await expect(store.delete(id)).rejects.toMatchObject(bad);
      await expect(store.rename(id, "t")).rejects.toMatchObject(bad);
      await expect(store.create({ id })).rejects.toMatchObject(bad);
      expect(() => store.describe(id)).toThrow("cannot be a conversation's name");
    },
  );

  it("of earlier versions are opened, listed and gone on with", async () => {
    const { storage, store } = await setup();
    const lines = '{"role":"user","text":"Hi"}\n{"role":"assistant","text":"Hello","model":"abc@12"}\n';
    await storage.write("conversations/old.jsonl", encodeText(lines));
    const talk = await store.open("old");
    await say(store, talk, "Bye");
    expect(texts(await store.open("old"))).toEqual(["Hi", "Hello", "Bye"]);
    expect(await store.list()).toMatchObject([{ id: "old", title: "Hi", messages: 3, model: "abc@12" }]);
    expect(await store.search("hello")).toMatchObject([{ conversation: "old", message: "line-2" }]);
  });
});

describe("a search", () => {
  it("finds messages with all words in any case, with what stands around, the newest conversations first", async () => {
    const store = new ConversationStore(new MemoryStorage(), countingSources());
    const [first, second] = [await store.create(), await store.create()];
    const long = `${"la ".repeat(50)}the GREEN "parrot"\nsings ${"lo ".repeat(50)}`;
    await say(store, second, 'A green "parrot"', "green only");
    await say(store, first, long, "ΟΔΟΣ İstanbul E\u0301tude");
    const hits = await store.search(' PARROT"  green ');
    expect(hits.map(({ conversation }) => conversation)).toEqual([first.id, second.id]);
    expect(hits[0]).toMatchObject({ message: first.path[0]?.id, role: "user" });
    expect(hits[0]?.snippet).toMatch(/^….{1,40}parrot" sings .{1,80}…$/);
    expect(hits[1]?.snippet).toBe('A green "parrot"');
    expect(await store.search("green blue")).toEqual([]);
    expect(await store.search("  ")).toEqual([]);
    for (const word of ["οδος", "οδοσ", "étude", "É", "stanbul"])
      expect(await store.search(word)).toHaveLength(1);
    expect(await store.search("green", { most: 2 })).toHaveLength(2);
    expect(await store.search("role")).toEqual([]);
    await expect(store.search("green", { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe("a process that dies while it writes", () => {
  it("loses the line it was writing, wherever that was cut, and no other", async () => {
    const path = await folder();
    const store = new ConversationStore(new FileStorage(path), countingSources());
    const talk = await store.create();
    await say(store, talk, "Hi", "Grüße, 🦜!", "More", "Ende 🦜");
    const file = join(path, "conversations", `${talk.id}.jsonl`);
    const bytes = await readFile(file);
    const start = bytes.lastIndexOf(10, bytes.length - 2) + 1;
    for (let end = start; end <= bytes.length; end++) {
      await writeFile(file, bytes.subarray(0, end));
      const found = await new ConversationStore(new FileStorage(path), countingSources("b")).open(talk.id);
      const isWhole = end >= bytes.length - 1;
      expect(texts(found)).toEqual(["Hi", "Grüße, 🦜!", "More", ...(isWhole ? ["Ende 🦜"] : [])]);
      await say(store, found, "Again");
      const again = await store.open(talk.id);
      expect(texts(again)).toEqual([...texts(found)]);
      expect(texts(again).at(-1)).toBe("Again");
      expect((await store.list())[0]?.messages).toBe(isWhole ? 5 : 4);
    }
  });

  it("has written what was said before each reply, at whichever write it dies", async () => {
    for (let change = 1; change <= 8; change++) {
      const storage = new MemoryStorage();
      const store = new ConversationStore(dyingAt(storage, change), countingSources());
      const said: string[] = [];
      const seen: string[] = [];
      try {
        const conversation = await store.create();
        const onRecord = (record: ConversationRecord) => store.append(conversation.id, record);
        const backend = new ScriptedBackend();
        const session = new ChatSession({ backend, conversation, nextSeed: () => 1, onRecord });
        for (const text of ["one", "two", "three"]) {
          for await (const event of session.send(text)) {
            if (event.type === "prompt") said.push(text);
            if (event.type === "end" && event.message) said.push(event.message.text);
            seen.push(event.type);
          }
        }
      } catch (error) {
        expect(error).toMatchObject({ message: "killed" });
      }
      const [file] = await new ConversationStore(storage, countingSources()).list();
      expect(file === undefined).toBe(change === 1);
      const found = file && (await new ConversationStore(storage, countingSources()).open(file.id));
      expect(found ? texts(found) : []).toEqual(said);
      expect(said).toHaveLength(Math.max(0, Math.min(change - 2, 6)));
      // Of a message that is not written, no model has heard.
      expect(seen.filter((type) => type === "prompt")).toHaveLength(Math.ceil(said.length / 2));
    }
  });

  it("loses at most the reply that was being made, killed at any moment", async () => {
    const path = await folder();
    const store = new ConversationStore(new FileStorage(path), countingSources());
    const talk = await store.create();
    const file = join(path, "conversations", `${talk.id}.jsonl`);
    const message = (id: string, parent: string | null, role: "user" | "assistant"): ConversationRecord => {
      const at = "2026-01-01T00:00:00Z";
      return { type: "message", id, parent, role, text: "🦜".repeat(2000), at };
    };
    // Writes exchanges as fast as it can, and says of each message that it is written.
    const script = `
      const { appendFileSync } = require("node:fs");
      const line = ${JSON.stringify(recordLine(message("ID", "PARENT", "user")))};
      for (let n = 0, parent = null; n < 1e5; parent = "k" + n, n++) {
        const made = line.replace('"ID"', '"k' + n + '"').replace('"PARENT"', JSON.stringify(parent))
          .replace('"user"', n % 2 ? '"assistant"' : '"user"');
        appendFileSync(${JSON.stringify(file)}, made);
        require("node:fs").writeSync(1, n + "\\n");
      }`;
    const child = spawn(process.execPath, ["-e", script]);
    let told = "";
    await new Promise<void>((done) => {
      child.stdout.on("data", (data: Buffer) => {
        told += data.toString();
        if (told.length > 100) child.kill("SIGKILL");
      });
      child.on("close", () => done());
    });
    const written = told.split("\n").length - 1;
    const found = await store.open(talk.id);
    expect(found.path.length).toBeGreaterThanOrEqual(written);
    expect(found.path.length).toBeLessThanOrEqual(written + 1);
    const kept = found.path.length;
    await say(store, found, "Again");
    expect((await store.open(talk.id)).path.slice(-1)).toMatchObject([{ text: "Again" }]);
    expect((await store.open(talk.id)).path).toHaveLength(kept + 1);
  });
});

it("a thousand conversations are listed and searched at once", async () => {
  const storage = new MemoryStorage();
  const store = new ConversationStore(storage, countingSources());
  const talk = await store.create();
  await say(store, talk, ...Array.from({ length: 50 }, (_, at) => `message ${at} ${"word ".repeat(20)}`));
  const file = decodeText((await storage.read(`conversations/${talk.id}.jsonl`)) ?? new Uint8Array());
  for (let copy = 0; copy < 1000; copy++)
    await storage.write(`conversations/copy-${copy}.jsonl`, encodeText(file));
  const parse = JSON.parse;
  let parsed = 0;
  onTestFinished(() => {
    JSON.parse = parse;
  });
  JSON.parse = ((...all: Parameters<typeof parse>) => {
    parsed++;
    return parse(...all);
  }) as typeof parse;
  expect(await store.list()).toHaveLength(1001);
  expect(parsed).toBeLessThan(10 * 1001);
  expect(await store.search("nowhere")).toEqual([]);
  expect(parsed).toBeLessThan(10 * 1001);
  const hits = await store.search("message word", { most: 60 });
  expect(hits.map(({ conversation }) => conversation)).toEqual([
    ...Array(50).fill(talk.id),
    ...Array(10).fill("copy-0"),
  ]);
  expect(parsed).toBeLessThan(20 * 1001);
});
