import { describe, expect, it } from "vitest";
import { bytesAsSource, encodeText, MemoryStorage, type Storage } from "../../base/index.ts";
import { dyingAt } from "../../base/storage.contract.ts";
import { CharacterTokenizer, renderPair } from "../../text/index.ts";
import type { Item } from "../item.ts";
import { buildTokenStore } from "./build-store.ts";
import { contentsHash, storeFingerprint } from "./fingerprint.ts";
import { buildStoreInMemory } from "./memory-store.ts";
import { MemoryStoreFiles } from "./store-files.ts";
import {
  ALPHABET,
  FINGERPRINT,
  storeOf,
  talk,
  talks,
  text,
  tokensOf,
  turnsTokenizer,
} from "./token-store.contract.ts";
import { openTokenStore } from "./token-store.ts";
import { utf8Length } from "./utf8-length.ts";

const tokenizer = turnsTokenizer([ALPHABET]);
const { bos, eos, user, assistant } = tokenizer.special;
const ITEMS: readonly Item[] = [
  ...talks(30, 1),
  ...Array.from({ length: 30 }, (_, i) => text(ALPHABET.slice(i % 20), i % 3 > 0)),
  ...talks(10, 2),
];
const OPTIONS = { fingerprint: FINGERPRINT, contextWindow: 64, shardBytes: 150 };

describe("buildTokenStore", () => {
  it("frames documents, joins the parts of one, and leaves out what is empty", async () => {
    const store = await storeOf([
      text("a"),
      text("b", true),
      text(""),
      text("c"),
      text("", true),
      text("d", true),
    ]);
    const ids = (content: string) => tokenizer.encode(content);
    expect(tokensOf(store.text)).toEqual([bos, ...ids("ab"), eos, bos, ...ids("cd"), eos]);
    expect(store.text?.documents).toBe(2);
    expect(store.conversation).toBeUndefined();
  });

  it("renders conversations by the template, and counts what has no reply", async () => {
    const store = await storeOf([talk("a", "b"), talk("no reply"), talk("c", "d", "left out")]);
    const ids = (content: string) => tokenizer.encode(content);
    const rendered = (question: string, answer: string) => [
      bos,
      user,
      ...ids(question),
      assistant,
      ...ids(answer),
      eos,
    ];
    expect(tokensOf(store.conversation)).toEqual([...rendered("a", "b"), ...rendered("c", "d")]);
    expect(store.index.counts).toEqual({
      bytes: 20,
      conversations: 3,
      cutConversations: 0,
      cutExchanges: 0,
      withoutReply: 1,
      tokensLeftOut: 1 + 1 + 8 + 1 + 8,
    });
  });

  it("renders pairs of questions and answers for a tokenizer of such", async () => {
    const pairs = CharacterTokenizer.fit([ALPHABET]);
    const store = await storeOf([talk("a", "b", "c", "d"), talk("e", "f")], {
      tokenizer: pairs,
      contextWindow: 5,
    });
    const rendered = [
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ].flatMap(([question = "", answer = ""]) => renderPair(pairs, question, answer).ids);
    expect(tokensOf(store.conversation)).toEqual(rendered);
    expect([store.conversation?.documents, store.conversation?.pieces.count]).toEqual([2, 3]);
    expect(store.index.special.answer).toBe(pairs.special.sep);
  });

  it("says where an unknown character stands", async () => {
    const items = [{ ...text("aÄ"), file: "b.txt", line: 12 }];
    await expect(storeOf(items)).rejects.toMatchObject({
      code: "unknown-character",
      message: expect.stringMatching(/^b.txt, line 12: .*"Ä"/),
    });
  });

  it("gives the same bytes when it is killed anywhere and goes on", async () => {
    const wanted = await snapshot(await finished(new MemoryStorage()));
    expect(wanted.size).toBeGreaterThan(10);
    let kills = 0;
    for (let change = 1; ; change++) {
      const storage = new MemoryStorage();
      const alive = await finished(dyingAt(storage, change)).then(
        () => true,
        () => false,
      );
      if (alive) break;
      kills++;
      // Nothing opens under the store's name.
      expect(await storage.list("data/x")).toEqual([]);
      await storage.write("data/x.part/text-00000.tokens.1f.tmp", Uint8Array.of(1));
      expect(await snapshot(await finished(storage))).toEqual(wanted);
    }
    expect(kills).toBeGreaterThan(20);
  });

  it("begins anew where what was begun is damaged, of other data or of another tokenizer", async () => {
    const wanted = await snapshot(await finished(new MemoryStorage()));
    for (const damage of ["text-00000.tokens", "index.json"]) {
      const storage = new MemoryStorage();
      await finished(dyingAt(storage, 8)).catch(() => {});
      expect((await storage.list("data/x.part")).length).toBeGreaterThan(3);
      await storage.write(`data/x.part/${damage}`, Uint8Array.of(1, 2, 3));
      expect(await snapshot(await finished(storage))).toEqual(wanted);
    }
    const storage = new MemoryStorage();
    await finished(dyingAt(storage, 8)).catch(() => {});
    const target = { storage, folder: "data/x" };
    const other = { ...OPTIONS, fingerprint: "cd".repeat(32) };
    expect((await buildTokenStore(ITEMS, tokenizer, other, target)).items).toBe(ITEMS.length);
  });

  it("refuses to go on with fewer items than it had", async () => {
    const storage = new MemoryStorage();
    await finished(dyingAt(storage, 8)).catch(() => {});
    const target = { storage, folder: "data/x" };
    await expect(buildTokenStore([], tokenizer, OPTIONS, target)).rejects.toMatchObject({
      code: "data-changed",
    });
    expect(await storage.list("data/x.part")).toEqual([]);
  });

  it("leaves a store that is there as it is, stops when asked to, and tells how far it is", async () => {
    const storage = await finished(new MemoryStorage());
    const target = { storage, folder: "data/x" };
    const again = await buildTokenStore([], tokenizer, OPTIONS, target);
    expect(again.items).toBe(ITEMS.length);
    const signal = AbortSignal.abort();
    const elsewhere = { storage, folder: "data/y" };
    await expect(buildTokenStore(ITEMS, tokenizer, { ...OPTIONS, signal }, elsewhere)).rejects.toThrow(
      /abort/,
    );
    const others = { ...OPTIONS, fingerprint: "cd".repeat(32) };
    await expect(buildTokenStore([], tokenizer, others, target)).rejects.toMatchObject({
      code: "token-store-damaged",
    });
    await expect(buildTokenStore([], tokenizer, { ...OPTIONS, fingerprint: "../x" }, target)).rejects.toThrow(
      /internal/,
    );
    const told: number[] = [];
    const onProgress = ({ items }: { items: number }) => told.push(items);
    await buildTokenStore(ITEMS, tokenizer, { ...OPTIONS, onProgress }, elsewhere);
    expect(told).toEqual([ITEMS.length]);
  });
});

describe("buildStoreInMemory", () => {
  it("makes the same tokens", async () => {
    const store = await buildStoreInMemory(ITEMS, tokenizer, OPTIONS);
    const other = await storeOf(ITEMS);
    expect(tokensOf(store.text)).toEqual(tokensOf(other.text));
    expect(tokensOf(store.conversation)).toEqual(tokensOf(other.conversation));
  });
});

describe("fingerprints", () => {
  it("change with all that decides what the tokens are", async () => {
    const of = (options: object) =>
      storeFingerprint({ sources: ["one"], tokenizer, contextWindow: 64, ...options });
    const all = await Promise.all([
      of({}),
      of({ sources: ["two"] }),
      of({ sources: ["one", "two"] }),
      of({ tokenizer: turnsTokenizer(["abc"]) }),
      of({ contextWindow: 65 }),
      of({ settings: { shortest: 3 } }),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await of({})).toBe(all[0]);
  });

  it("tell contents apart", async () => {
    const of = (content: string) => contentsHash(bytesAsSource(encodeText(content), content));
    expect(await of("a")).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([await of("a"), await of("b"), await of("")]).size).toBe(3);
  });
});

describe("utf8Length", () => {
  it.each(["", "abc", "äöü€", "👋🏽a", "\ud800", "a\udc00b", "\udc00\ud800", "\ud800\ud800\udc00"])(
    "of %j",
    (sample) => {
      expect(utf8Length(sample)).toBe(encodeText(sample).length);
    },
  );
});

/** Builds the store of `ITEMS`. */
async function finished(storage: Storage): Promise<Storage> {
  await buildTokenStore(ITEMS, tokenizer, OPTIONS, { storage, folder: "data/x" });
  openTokenStore(await MemoryStoreFiles.load(storage, "data/x"));
  return storage;
}

async function snapshot(storage: Storage): Promise<Map<string, Uint8Array | undefined>> {
  const files = new Map<string, Uint8Array | undefined>();
  for (const { name } of await storage.list("data/x")) files.set(name, await storage.read(`data/x/${name}`));
  expect(await storage.list("data")).toEqual([{ name: "x", kind: "folder" }]);
  return files;
}
