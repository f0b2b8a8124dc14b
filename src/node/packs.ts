import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Pack, readPack } from "../data/index.ts";

const PACKS = fileURLToPath(new URL("../../packs", import.meta.url));

export async function openPack(name: string): Promise<{ readonly name: string; readonly pack: Pack }> {
  const path = /[\\/.]/.test(name) ? resolve(name) : join(PACKS, `${name}.yaml`);
  const files = new Map<string, string>();
  const own = basename(path, extname(path));
  files.set(`${own}.yaml`, await readFile(path, "utf8"));
  const folder = dirname(path);
  for (const shared of ["world", "patterns", "stories"]) {
    for (const each of await readdir(join(folder, shared)).catch(() => []))
      files.set(`${shared}/${each}`, await readFile(join(folder, shared, each), "utf8"));
  }
  files.set("manners.yaml", await readFile(join(folder, "manners.yaml"), "utf8"));
  return { name: own, pack: readPack(files, own) };
}
