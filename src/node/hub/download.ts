import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ParrotletError } from "../../base/index.ts";
import { explained } from "../file-storage.ts";
import { HubUnreachable } from "./answer-error.ts";
import { type HubConnection, MOST_TRIES } from "./connection.ts";
import type { HubFile } from "./repository.ts";

/**
 * Brings a file into the cache. What came before it broke is kept beside it, and gone on with by a range request, now or by the
 * next process; the whole is checked by size and hash before it gets its name.
 *
 * @param target Where it shall lie.
 * @param onBytes Called with how many bytes of it are there.
 * @throws {ParrotletError} `hub-interrupted`, `hub-damaged`, or as the Hub answers.
 */
export async function downloadFile(
  connection: HubConnection,
  url: string,
  file: HubFile,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const part = partOf(target);
  await explained(part, mkdir(dirname(part), { recursive: true }));
  // What an earlier process left may be damaged: then once more from the beginning.
  let found = await fetchInto(part, connection, url, file, onBytes);
  if (found === "wrong, as resumed") found = await fetchInto(part, connection, url, file, onBytes);
  if (found !== "right") throw wrongHash(connection, file);
  await explained(target, rename(part, target));
}

/** Where the beginning of a file waits for its rest. */
export const partOf = (target: string): string => `${target}.parrotlet-part`;

async function fetchInto(
  part: string,
  connection: HubConnection,
  url: string,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<"right" | "wrong" | "wrong, as resumed"> {
  const handle = await explained(part, open(part, "a+"));
  try {
    const partial = await Partial.of(handle, part, file);
    const isResumed = partial.size > 0;
    await fill(connection, url, file, partial, onBytes);
    if (partial.isRight()) {
      await handle.sync();
      return "right";
    }
    await rm(part, { force: true });
    return isResumed ? "wrong, as resumed" : "wrong";
  } finally {
    await handle.close();
  }
}

async function fill(
  connection: HubConnection,
  url: string,
  file: HubFile,
  partial: Partial,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let attempt = 1;
  onBytes(partial.size);
  while (partial.size < file.size) {
    const before = partial.size;
    try {
      await fetchRest(connection, url, file, partial, onBytes);
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error;
      attempt = partial.size > before ? 1 : attempt + 1;
      if (attempt > MOST_TRIES) throw interrupted(connection, file, partial.size, error);
      await connection.pause(attempt);
    }
  }
}

async function fetchRest(
  connection: HubConnection,
  url: string,
  file: HubFile,
  partial: Partial,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { response, bytes, close } = await connection.open(url, {
    // As it is: what is packed for the way has no bytes to go on from.
    "accept-encoding": "identity",
    ...(partial.size > 0 && { range: `bytes=${partial.size}-` }),
  });
  const from = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  const continues = response.status === 206 && Number(from) === partial.size;
  if (!continues && partial.size > 0) await partial.restart();
  if (!continues && response.status !== 200) {
    close();
    throw new HubUnreachable(`the server does not go on where it stopped (${response.status})`);
  }
  for await (const chunk of bytes()) {
    await partial.append(chunk);
    if (partial.size > file.size) return;
    onBytes(partial.size);
  }
  if (partial.size < file.size) throw new HubUnreachable("the connection ended early");
}

/** The beginning of a file, and its hash so far. */
class Partial {
  size = 0;
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #file: HubFile;
  #hash: Hash;

  private constructor(handle: FileHandle, path: string, file: HubFile) {
    this.#handle = handle;
    this.#path = path;
    this.#file = file;
    this.#hash = hashFor(file);
  }

  static async of(handle: FileHandle, path: string, file: HubFile): Promise<Partial> {
    const partial = new Partial(handle, path, file);
    const buffer = new Uint8Array(1 << 20);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, partial.size);
      if (bytesRead === 0) break;
      partial.#hash.update(buffer.subarray(0, bytesRead));
      partial.size += bytesRead;
    }
    if (partial.size > file.size) await partial.restart();
    return partial;
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await explained(
        this.#path,
        this.#handle.write(chunk, done, chunk.length - done),
      );
      done += bytesWritten;
    }
    this.#hash.update(chunk);
    this.size += chunk.length;
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = hashFor(this.#file);
    this.size = 0;
  }

  isRight(): boolean {
    const { size, hash, id } = this.#file;
    return this.size === size && (hash === "other" || this.#hash.digest("hex") === id);
  }
}

/** Git hashes a blob after a header with its size. */
const hashFor = ({ hash, size }: HubFile): Hash =>
  hash === "git" ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256");

const wrongHash = ({ reference }: HubConnection, { path, size, id }: HubFile): ParrotletError =>
  new ParrotletError(
    "hub-damaged",
    `${reference.dataset}/${path} did not come as the Hub lists it (${size} bytes, hash ${id.slice(0, 12)}…), and was thrown ` +
      "away. Run the command again; if it stays so, something between here and the Hub changes files.",
  );

const interrupted = (
  { reference }: HubConnection,
  { path, size }: HubFile,
  done: number,
  cause: Error,
): ParrotletError =>
  new ParrotletError(
    "hub-interrupted",
    `The download of ${reference.dataset}/${path} broke off: ${cause.message}. ${done} of ${size} bytes are kept: the same ` +
      "command goes on where it stopped.",
    { cause },
  );
