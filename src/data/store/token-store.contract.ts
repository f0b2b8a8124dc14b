import { describe, expect, it } from "vitest";
import { MemoryStorage, present, Rng, type Storage } from "../../base/index.ts";
import { CharacterTokenizer, type Tokenizer } from "../../text/index.ts";
import type { Conversation, Item, Message, TextPiece } from "../item.ts";
import { buildTokenStore } from "./build-store.ts";
import { MemoryStoreFiles, type StoreFiles } from "./store-files.ts";
import { openTokenStore, type TokenLane, type TokenStore } from "./token-store.ts";
import { verifyTokenStore } from "./verify-store.ts";

export const FINGERPRINT: string = "ab".repeat(32);

/** A character tokenizer with tokens for turns behind its characters. */
export function turnsTokenizer(texts: readonly string[]): Tokenizer & { special: Record<string, number> } {
  const base = CharacterTokenizer.fit(texts);
  const [user, assistant, system] = [base.size, base.size + 1, base.size + 2];
  const special = { ...base.special, sep: undefined, user, assistant, system };
  const changed: Record<string | symbol, unknown> = { special, size: base.size + 3 };
  return new Proxy(base, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return changed[name] ?? (typeof value === "function" ? value.bind(target) : value);
    },
  }) as unknown as Tokenizer & { special: Record<string, number> };
}

export const text = (content: string, continues = false): TextPiece => ({
  kind: "text",
  file: "a.txt",
  line: 1,
  text: content,
  continues,
});

/** Messages of user and assistant in turn. */
export const talk = (...texts: readonly string[]): Conversation => ({
  kind: "conversation",
  file: "a.jsonl",
  line: 1,
  messages: texts.map((content, i): Message => ({ role: i % 2 === 0 ? "user" : "assistant", text: content })),
});

export const ALPHABET: string = "abcdefghijklmnopqrstuvwxyz .\n";

/** A text of random letters. */
export function letters(rng: Rng, length: number): string {
  return Array.from({ length }, () => ALPHABET[rng.below(ALPHABET.length)]).join("");
}

/** Conversations of random lengths. */
export function talks(count: number, seed: number, longest = 12): Conversation[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () =>
    talk(letters(rng, 1 + rng.below(longest)), letters(rng, 1 + rng.below(longest))),
  );
}

export interface BuildOptions {
  readonly tokenizer?: Tokenizer;
  readonly contextWindow?: number;
  readonly shardBytes?: number;
  readonly storage?: Storage;
}

/** A store in memory. */
export async function storeOf(items: Iterable<Item>, options: BuildOptions = {}): Promise<TokenStore> {
  const { tokenizer = turnsTokenizer([ALPHABET]), contextWindow = 64, shardBytes, storage } = options;
  const target = { storage: storage ?? new MemoryStorage(), folder: "data/x" };
  const settings = { fingerprint: FINGERPRINT, contextWindow, ...(shardBytes ? { shardBytes } : {}) };
  await buildTokenStore(items, tokenizer, settings, target);
  return openTokenStore(await MemoryStoreFiles.load(target.storage, target.folder));
}

export function tokensOf(lane: TokenLane | undefined): number[] {
  const tokens = new Int32Array(present(lane, "a lane").tokens);
  lane?.read(0, tokens);
  return [...tokens];
}

/** What every `StoreFiles` promises. `create` puts the files of a storage's folder where they are read from. */
export function describeStoreFiles(
  name: string,
  create: (files: ReadonlyMap<string, Uint8Array>) => Promise<StoreFiles>,
): void {
  describe(`${name} as StoreFiles`, () => {
    const items = [text("one text"), ...talks(40, 1), text("another "), text("text", true), text("third")];

    async function built(tokenizer: Tokenizer): Promise<Map<string, Uint8Array>> {
      const storage = new MemoryStorage();
      await storeOf(items, { storage, tokenizer, shardBytes: 100 });
      const files = new Map<string, Uint8Array>();
      for (const entry of await storage.list("data/x")) {
        files.set(entry.name, present(await storage.read(`data/x/${entry.name}`), entry.name));
      }
      return files;
    }

    it.each([
      ["one byte a token", ALPHABET],
      ["two bytes a token", String.fromCodePoint(...Array.from({ length: 700 }, (_, i) => 0x20 + i))],
      ["four bytes a token", String.fromCodePoint(...Array.from({ length: 66_000 }, (_, i) => 0x10000 + i))],
    ])("gives back what was written, in any order: %s", async (_, characters) => {
      const tokenizer = turnsTokenizer([[...new Set(characters + ALPHABET)].join("")]);
      const store = openTokenStore(await create(await built(tokenizer)));
      const { bos, eos } = tokenizer.special;
      const textIds = ["one text", "another text", "third"].flatMap((content) => [
        bos,
        ...tokenizer.encode(content),
        eos,
      ]);
      expect(tokensOf(store.text)).toEqual(textIds);
      const all = tokensOf(store.conversation);
      expect(store.index.lanes.conversation.shards.length).toBeGreaterThan(5);
      const rng = new Rng(2);
      for (let i = 0; i < 100; i++) {
        const from = rng.below(all.length);
        const part = new Int32Array(rng.below(Math.min(300, all.length - from)));
        store.conversation?.read(from, part);
        expect([...part]).toEqual(all.slice(from, from + part.length));
      }
      store.close();
    });

    it("refuses files that are missing, cut, or have bytes too many", async () => {
      for (const [file, bytes] of await built(turnsTokenizer([ALPHABET]))) {
        for (const change of [
          undefined,
          bytes.subarray(0, bytes.length - 5),
          new Uint8Array([...bytes, 32, 1]),
        ]) {
          const files = new Map(await built(turnsTokenizer([ALPHABET])));
          files.delete(file);
          if (change) files.set(file, change);
          const found = await create(files);
          expect(() => openTokenStore(found), `${file} ${change?.length}`).toThrow(
            expect.objectContaining({ code: "token-store-damaged", message: expect.stringContaining(file) }),
          );
          found.close();
        }
      }
    });

    it("refuses tokens that are none, and finds any byte that was changed", async () => {
      const files = await built(turnsTokenizer([ALPHABET]));
      const bytes = present(files.get("text-00000.tokens"), "a shard");
      bytes[bytes.length - 3] = 255;
      const found = await create(files);
      const store = openTokenStore(found);
      expect(() => tokensOf(store.text)).toThrow(/token 6 is 255, and the vocabulary has 36/);
      await expect(verifyTokenStore(found, store.index)).rejects.toMatchObject({
        code: "token-store-damaged",
      });
      found.close();
    });

    it("refuses to read behind the end", async () => {
      const found = await create(new Map([["x", Uint8Array.of(1, 2, 3)]]));
      expect(found.size("x")).toBe(3);
      expect(found.size("y")).toBeUndefined();
      expect(() => found.read("x", 2, new Uint8Array(2))).toThrow(
        expect.objectContaining({ code: "token-store-damaged" }),
      );
      expect(() => found.read("y", 0, new Uint8Array(1))).toThrow(
        expect.objectContaining({ code: "token-store-damaged" }),
      );
      found.close();
    });
  });
}
