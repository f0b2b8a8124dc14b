import { open, stat } from "node:fs/promises";
import { type ByteSource, ParrotletError } from "../../base/index.ts";

/** A file of the disk, opened for each piece, so that none stays open. */
export async function blobSource(path: string, name: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return { name, size, read: (from, to) => readPiece(path, from, to) };
}

async function readPiece(path: string, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  const file = await open(path);
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, from + done);
      if (bytesRead === 0) {
        throw new ParrotletError(
          "hub-damaged",
          `${path} became shorter while it was read. Run the command again.`,
        );
      }
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
  return bytes;
}
