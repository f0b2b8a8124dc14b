import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ALPHABET,
  describeStoreFiles,
  FINGERPRINT,
  talks,
  text,
  tokensOf,
  turnsTokenizer,
} from "../data/store/token-store.contract.ts";
import { buildStoreOnDisk, DiskStoreFiles, openStoreOnDisk } from "./token-files.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parrotlet-store-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

let folders = 0;
async function folderOf(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const folder = join(root, String(folders++));
  await mkdir(folder);
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  return folder;
}

describeStoreFiles("DiskStoreFiles", async (files) => new DiskStoreFiles(await folderOf(files)));

describe("DiskStoreFiles", () => {
  it("reads more files than it keeps open", async () => {
    const names = Array.from({ length: 150 }, (_, i) => `file-${i}`);
    const folder = await folderOf(new Map(names.map((name, i) => [name, Uint8Array.of(i)])));
    const files = new DiskStoreFiles(folder);
    for (const round of [0, 1]) {
      for (const [i, name] of names.entries()) {
        const byte = new Uint8Array(1);
        files.read(name, 0, byte);
        expect(byte[0], `round ${round}`).toBe(i);
      }
    }
    files.close();
  });
});

describe("a store on a disk", () => {
  const tokenizer = turnsTokenizer([ALPHABET]);
  const items = [text("some text"), ...talks(20, 1), text("more")];
  const options = { fingerprint: FINGERPRINT, contextWindow: 32, shardBytes: 100 };

  it("is built once, opened again, and refused once it was cut", async () => {
    expect(openStoreOnDisk(root, FINGERPRINT)).toBeUndefined();
    const store = await buildStoreOnDisk(root, items, tokenizer, options);
    const all = tokensOf(store.conversation);
    expect(await readdir(join(root, "data"))).toEqual([FINGERPRINT]);
    const again = await buildStoreOnDisk(root, [], tokenizer, options);
    expect(tokensOf(again.conversation)).toEqual(all);
    again.close();
    await truncate(join(root, "data", FINGERPRINT, "conversation-00000.tokens"), 30);
    expect(() => tokensOf(store.conversation)).toThrow(/it ends at byte 30, where more is wanted/);
    expect(() => openStoreOnDisk(root, FINGERPRINT)).toThrow(
      expect.objectContaining({ code: "token-store-damaged" }),
    );
    store.close();
  });

  it("is built by one process at a time", async () => {
    const fingerprint = "ef".repeat(32);
    const building = () => buildStoreOnDisk(root, items, tokenizer, { ...options, fingerprint });
    const both = await Promise.allSettled([building(), building()]);
    for (const one of both) {
      if (one.status === "fulfilled") one.value.close();
    }
    expect(both.map((one) => (one.status === "rejected" ? one.reason.code : "built")).sort()).toEqual([
      "built",
      "run-busy",
    ]);
  });
});
