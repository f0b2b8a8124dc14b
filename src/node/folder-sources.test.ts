import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { piecesOf } from "../base/index.ts";
import { readAll } from "../data/index.ts";
import { fileSource } from "./file-source.ts";
import { folderSources } from "./folder-sources.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "parrotlet-folder-"));
  for (const folder of ["b", "b/c", ".git"]) mkdirSync(join(root, folder));
  const files = ["b/two.txt", "a.txt", "b/c/three.md", ".hidden.txt", ".git/config", "photo.JPG", "z.jsonl"];
  for (const file of files) writeFileSync(join(root, file), `In ${file}.\n`);
  writeFileSync(join(root, "z.jsonl"), '{"q":"Hi","a":"Ho"}\n');
  writeFileSync(join(root, "empty.txt"), "");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const names = async (): Promise<string[]> =>
  (await folderSources(root)).map(({ name }) => name.slice(root.length + 1).replaceAll("\\", "/"));

describe("folderSources", () => {
  it("gives the files that may hold text, sorted", async () => {
    expect(await names()).toEqual(["a.txt", "b/c/three.md", "b/two.txt", "z.jsonl"]);
    const all = await readAll(await folderSources(root));
    const lines: string[] = [];
    for await (const item of all.items()) lines.push(item.kind === "text" ? item.text : "chat");
    expect(lines).toEqual(["In a.txt.\n", "In b/c/three.md.\n", "In b/two.txt.\n", "chat"]);
  });

  it("gives a file by itself, and says that one is not there", async () => {
    expect((await folderSources(join(root, "a.txt"))).map(({ size }) => size)).toEqual([10]);
    await expect(folderSources(join(root, "nothing"))).rejects.toMatchObject({ code: "data-not-found" });
    await expect(fileSource(root)).rejects.toMatchObject({ code: "not-a-file" });
  });

  it.skipIf(process.platform === "win32")("follows links, but in no circle", async () => {
    symlinkSync(root, join(root, "b", "circle"));
    symlinkSync(join(root, "nowhere"), join(root, "broken"));
    symlinkSync(join(root, "a.txt"), join(root, "link.txt"));
    expect(await names()).toEqual(["a.txt", "b/c/three.md", "b/two.txt", "link.txt", "z.jsonl"]);
  });
});

describe("fileSource", () => {
  it("gives any bytes of a file", async () => {
    const path = join(root, "b", "bytes.bin");
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);
    writeFileSync(path, bytes);
    const source = await fileSource(path, "mine");
    expect([source.name, source.size]).toEqual(["mine", 1000]);
    expect(await source.read(10, 20)).toEqual(bytes.slice(10, 20));
    const pieces: number[] = [];
    for await (const piece of piecesOf(source, 300)) pieces.push(...piece);
    expect(pieces).toEqual([...bytes]);
    truncateSync(path, 500);
    await expect(source.read(400, 600)).rejects.toMatchObject({ code: "data-unreadable" });
  });
});
