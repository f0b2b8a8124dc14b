import { open, stat } from "node:fs/promises";
import { type ByteSource, ParrotletError } from "../base/index.ts";
import { explained } from "./file-storage.ts";

/**
 * A file of the disk. It is opened for each reading alone, so that any number of them can be held.
 *
 * @param name As messages name it. @default its path
 * @throws {ParrotletError} `data-not-found`, `not-a-file`, `no-permission`; while reading `data-unreadable` when it became shorter.
 */
export async function fileSource(path: string, name: string = path): Promise<ByteSource> {
  const found = await explained(path, stat(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new ParrotletError("data-not-found", `There is no file ${path}.`);
  });
  if (found.isDirectory())
    throw new ParrotletError("not-a-file", `${path} is a folder, where a file is wanted.`);
  return { name, size: found.size, read: (from, to) => explained(path, readPart(path, from, to)) };
}

async function readPart(path: string, from: number, to: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const bytes = new Uint8Array(to - from);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
      if (bytesRead === 0) {
        const message = `${path} became shorter while it was read. Try again when nothing writes to it.`;
        throw new ParrotletError("data-unreadable", message);
      }
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
