import { describe, expect, it } from "vitest";
import { decodeText, encodeText, type Storage } from "./storage.ts";

/** What every `Storage` promises. Each implementation's test file calls this once. */
export function describeStorage(name: string, create: () => Promise<Storage>): void {
  describe(`${name} as a Storage`, () => {
    const text = async (storage: Storage, path: string): Promise<string | undefined> => {
      const bytes = await storage.read(path);
      return bytes && decodeText(bytes);
    };

    it("gives back what was written, and nothing for what was not", async () => {
      const storage = await create();
      await storage.write("a/b/c.txt", encodeText("one"));
      expect(await text(storage, "a/b/c.txt")).toBe("one");
      expect(await storage.read("a/b/d.txt")).toBeUndefined();
      await storage.write("a/b/c.txt", encodeText("two"));
      expect(await text(storage, "a/b/c.txt")).toBe("two");
    });

    it("gives bytes whose slices are copies", async () => {
      const storage = await create();
      await storage.write("x", Uint8Array.of(1, 2, 3));
      const bytes = await storage.read("x");
      const slice = bytes?.slice(0, 2);
      bytes?.fill(9);
      expect([...(slice ?? [])]).toEqual([1, 2]);
    });

    it("appends", async () => {
      const storage = await create();
      await storage.append("log/x.jsonl", encodeText("a\n"));
      await storage.append("log/x.jsonl", encodeText("b\n"));
      expect(await text(storage, "log/x.jsonl")).toBe("a\nb\n");
    });

    it("lists a folder by name, with kinds, and nothing for a missing one", async () => {
      const storage = await create();
      await storage.write("top/z.txt", encodeText(""));
      await storage.write("top/a/file", encodeText(""));
      expect(await storage.list("top")).toEqual([
        { name: "a", kind: "folder" },
        { name: "z.txt", kind: "file" },
      ]);
      expect(await storage.list("nowhere")).toEqual([]);
    });

    it("makes a folder once", async () => {
      const storage = await create();
      expect(await storage.makeFolder("a/b")).toBe(true);
      expect(await storage.makeFolder("a/b")).toBe(false);
      expect(await storage.list("a")).toEqual([{ name: "b", kind: "folder" }]);
      await storage.remove("a/b");
      expect(await storage.list("a")).toEqual([]);
      expect(await storage.makeFolder("a/b")).toBe(true);
    });

    it("moves and removes files and folders", async () => {
      const storage = await create();
      await storage.write("from/x/one", encodeText("1"));
      await storage.write("from/x/two", encodeText("2"));
      await storage.move("from/x", "to/y");
      expect(await storage.read("from/x/one")).toBeUndefined();
      expect(await text(storage, "to/y/two")).toBe("2");
      await storage.remove("to/y");
      expect(await storage.list("to/y")).toEqual([]);
      await storage.remove("to/y");
    });
  });
}

/** A storage whose process dies at its n-th change: that change and all later ones do not happen. */
export function dyingAt(storage: Storage, change: number): Storage {
  let changes = 0;
  const dies = <T extends unknown[], R>(method: (...args: T) => Promise<R>) => {
    return async (...args: T): Promise<R> => {
      if (++changes >= change) throw new Error("killed");
      return method.apply(storage, args);
    };
  };
  return {
    read: (path) => storage.read(path),
    list: (path) => storage.list(path),
    describe: (path) => storage.describe(path),
    makeFolder: dies(storage.makeFolder),
    write: dies(storage.write),
    append: dies(storage.append),
    move: dies(storage.move),
    remove: dies(storage.remove),
  };
}
