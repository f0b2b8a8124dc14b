import { describe, expect, it } from "vitest";
import { decodeText, encodeText, MemoryStorage, present, Rng } from "../../base/index.ts";
import { MemoryStoreFiles } from "./store-files.ts";
import { describeStoreFiles, storeOf, talks, text, tokensOf } from "./token-store.contract.ts";
import { openTokenStore } from "./token-store.ts";
import { verifyTokenStore } from "./verify-store.ts";

describeStoreFiles("MemoryStoreFiles", async (files) => new MemoryStoreFiles(files));

describe("openTokenStore", () => {
  /** The files of a store after its index was edited. */
  async function edited(edit: (index: Record<string, unknown>) => unknown): Promise<MemoryStoreFiles> {
    const storage = new MemoryStorage();
    await storeOf([text("one"), text("two"), ...talks(3, 1)], { storage });
    const index = JSON.parse(decodeText(present(await storage.read("data/x/index.json"), "the index")));
    const changed = edit(index) ?? index;
    await storage.write(
      "data/x/index.json",
      encodeText(typeof changed === "string" ? changed : JSON.stringify(changed)),
    );
    return MemoryStoreFiles.load(storage, "data/x");
  }
  // biome-ignore lint/suspicious/noExplicitAny: an index is edited into anything.
  type Edit = (index: any) => unknown;

  /** An edit of one value, by its path. */
  const set =
    (path: string, value: unknown): Edit =>
    (index) => {
      const names = path.replaceAll("[", ".").replaceAll("]", "").split(".").slice(1);
      const last = names.pop() ?? "";
      const within = names.reduce((inner, name) => inner[name], index);
      within[last] = value;
    };

  it.each<[string, Edit, RegExp]>([
    ["no JSON", () => "{", /not JSON/],
    ["a list", () => "[]", /the index is \[\], not an object/],
    ["another format", set("index.format", 9), /of format 9/],
    ["an unfinished one", set("index.complete", false), /never finished/],
    ["another vocabulary", set("index.vocabulary", 300), /has \d+ bytes, where \d+ are wanted/],
    ["no vocabulary", set("index.vocabulary", undefined), /vocabulary is undefined/],
    ["too many pieces", set("index.lanes.text.shards[0].pieces", 2 ** 31), /bytes, where/],
    [
      "pieces instead of tokens",
      (index) => {
        index.lanes.text.shards[0].pieces += 1;
        index.lanes.text.shards[0].tokens -= 4;
      },
      /its pieces have \d+ tokens, where 6 are wanted/,
    ],
    ["negative tokens", set("index.lanes.text.shards[0].tokens", -1), /tokens is -1/],
    ["a half token", set("index.lanes.text.shards[0].tokens", 1.5), /tokens is 1.5/],
    ["more documents", set("index.lanes.text.documents", 7), /7 documents, and the shards hold 2/],
    ["a token outside", set("index.special.pad", 99), /special.pad is 99/],
    ["a path for a hash", set("index.lanes.text.shards[0].sha256", "../x"), /not a SHA-256/],
    ["no lanes", set("index.lanes", null), /lanes is null/],
    ["no shards", set("index.lanes.text.shards", "x"), /shards is "x"/],
  ])("refuses an index with %s", async (_, edit, message) => {
    const files = await edited(edit);
    expect(() => openTokenStore(files)).toThrow(
      expect.objectContaining({ code: "token-store-damaged", message: expect.stringMatching(message) }),
    );
  });

  it("survives any byte that is changed, and finds it", async () => {
    const storage = new MemoryStorage();
    const { index } = await storeOf([text("one"), text("two"), ...talks(5, 1)], { storage, shardBytes: 60 });
    const names = (await storage.list("data/x")).map(({ name }) => name);
    const rng = new Rng(4);
    for (let round = 0; round < 400; round++) {
      const name = present(names[rng.below(names.length)], "a name");
      const bytes = present(await storage.read(`data/x/${name}`), name);
      const place = rng.below(bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 + rng.below(255));
      const files = new MemoryStoreFiles(new Map([...(await contents(storage, names)), [name, bytes]]));
      const problem = attempt(() => {
        const store = openTokenStore(files);
        for (const lane of [store.text, store.conversation]) if (lane) tokensOf(lane);
      });
      if (problem !== undefined) expect(problem).toMatchObject({ code: "token-store-damaged" });
      if (name !== "index.json")
        await expect(verifyTokenStore(files, index)).rejects.toMatchObject({ code: "token-store-damaged" });
    }
  });
});

async function contents(storage: MemoryStorage, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of names) files.set(name, present(await storage.read(`data/x/${name}`), name));
  return files;
}

/** What `work` throws. */
function attempt(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
