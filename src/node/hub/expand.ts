import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform, type Transform as TransformStream } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { ParrotletError } from "../../base/index.ts";
import { explained } from "../file-storage.ts";
import { type Compression, compressionOf } from "./formats.ts";

/** Times as large as it was that a file may become: text shrinks to a third or a tenth, a bomb to a thousandth. */
const MOST_GROWTH = 300;
const SLACK = 1 << 20;

/**
 * Unpacks a file of the cache, once: records are read from any place, which packed bytes do not allow.
 *
 * @throws {ParrotletError} `hub-damaged`.
 */
export async function expandFile(
  packed: string,
  target: string,
  compression: Compression,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  if (await stat(target).catch(() => undefined)) return;
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  await explained(target, mkdir(dirname(target), { recursive: true }));
  const { size } = await stat(packed);
  try {
    await pipeline(
      createReadStream(packed),
      unpacker(compression),
      atMost(size * MOST_GROWTH + SLACK, name),
      createWriteStream(temporary, { flags: "wx" }),
      { signal },
    );
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!/^(Z_|ZSTD_|ERR_ZLIB)/.test(code)) return explained(temporary, Promise.reject(error));
    throw new ParrotletError("hub-damaged", `${name} cannot be unpacked: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

// Node has it from 22.15 on; its types for Node 20 do not know it.
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => TransformStream };

/** Before anything is downloaded in vain. @throws {ParrotletError} `hub-no-data` where this Node cannot unpack it. */
export function checkUnpackable(path: string): void {
  if (compressionOf(path) !== "zst" || createZstdDecompress) return;
  throw new ParrotletError(
    "hub-no-data",
    `${path} is packed with Zstandard, which Node reads from 22.15 on.`,
  );
}

function unpacker(compression: Compression): TransformStream {
  return compression === "zst" && createZstdDecompress ? createZstdDecompress() : zlib.createGunzip();
}

function atMost(most: number, name: string): TransformStream {
  let size = 0;
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      size += chunk.length;
      if (size <= most) done(null, chunk);
      else
        done(
          new ParrotletError("hub-damaged", `${name} unpacks to more than ${most} bytes: that is no data.`),
        );
    },
  });
}
