import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ByteSource } from "../base/index.ts";
import { fileSource } from "./file-source.ts";
import { explained } from "./file-storage.ts";

/** Endings of files that hold no text, whatever folder they lie in. */
const NO_TEXT =
  /\.(png|jpe?g|gif|webp|bmp|tiff?|ico|svg|heic|mp[34]|m4[av]|wav|flac|ogg|opus|mov|avi|mkv|webm|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|pdf|docx?|xlsx?|pptx?|odt|epub|exe|dll|so|dylib|o|a|class|jar|wasm|node|bin|safetensors|gguf|pt|pth|onnx|npy|npz|pyc|sqlite3?|db|ttf|otf|woff2?)$/i;

/**
 * The files of a folder and of those within, sorted by name; a file by itself. Left out are hidden ones, empty ones and those whose
 * ending says that they hold no text. A link is followed, but into no folder twice.
 *
 * @throws {ParrotletError} `data-not-found`, `no-permission`.
 */
export async function folderSources(path: string): Promise<ByteSource[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return [await fileSource(path)];
  const sources: ByteSource[] = [];
  await walk(path, sources, new Set());
  return sources;
}

async function walk(folder: string, sources: ByteSource[], seen: Set<string>): Promise<void> {
  const real = await realpath(folder);
  if (seen.has(real)) return;
  seen.add(real);
  const names = await explained(folder, readdir(folder));
  for (const name of names.filter((each) => !each.startsWith(".")).sort()) {
    const path = join(folder, name);
    // A link to nothing is passed over.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) await walk(path, sources, seen);
    else if (found?.isFile() && found.size > 0 && !NO_TEXT.test(name)) sources.push(await fileSource(path));
  }
}
