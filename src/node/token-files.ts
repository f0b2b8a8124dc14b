import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { invariant, ParrotletError, shown } from "../base/index.ts";
import {
  type BuildStoreOptions,
  buildTokenStore,
  type Item,
  isFingerprint,
  openTokenStore,
  type StoreFiles,
  type TokenStore,
} from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { explained, FileStorage } from "./file-storage.ts";
import { lockFolder } from "./run-lock.ts";

/** Files that are open at once. */
const OPEN_FILES = 64;

/**
 * The files of a store on a disk. Each read is one call into the system, which keeps in memory what was read. A cache of our
 * own would be slower: blocks of 1 MiB take 90 µs each, and a window at random takes 3 to 15.
 */
export class DiskStoreFiles implements StoreFiles {
  readonly #folder: string;
  /** By name, the one that was used longest ago first. */
  readonly #open = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  size(name: string): number | undefined {
    return statSync(this.describe(name), { throwIfNoEntry: false })?.size;
  }

  read(name: string, from: number, into: Uint8Array): void {
    const file = this.#descriptor(name);
    for (let done = 0; done < into.length; ) {
      const count = readSync(file, into, done, into.length - done, from + done);
      if (count === 0)
        throw damaged(this.describe(name), `it ends at byte ${fstatSync(file).size}, where more is wanted.`);
      done += count;
    }
  }

  describe(name: string): string {
    return join(this.#folder, name);
  }

  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  #descriptor(name: string): number {
    const known = this.#open.get(name);
    const file = known ?? openFile(this.describe(name));
    this.#open.delete(name);
    this.#open.set(name, file);
    const [oldest] = this.#open;
    if (oldest && this.#open.size > OPEN_FILES) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    return file;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw damaged(path, "the file is not there.");
    throw error;
  }
}

const damaged = (file: string, problem: string): ParrotletError =>
  new ParrotletError(
    "token-store-damaged",
    `${file}: ${problem} Remove its folder: it is made again from the data.`,
  );

/** A fingerprint can come from a file of somebody else's. */
function nameOf(fingerprint: string): string {
  invariant(isFingerprint(fingerprint), `the fingerprint ${shown(fingerprint)}`);
  return `data/${fingerprint}`;
}

/** Opens a store in `<workspace>/data/<fingerprint>`; `undefined` where there is none yet. */
export function openStoreOnDisk(workspace: string, fingerprint: string): TokenStore | undefined {
  const folder = join(workspace, nameOf(fingerprint));
  return statSync(folder, { throwIfNoEntry: false }) && openTokenStore(new DiskStoreFiles(folder));
}

/**
 * Builds a store in `<workspace>/data/<fingerprint>`, or goes on with one that was begun, and opens it.
 *
 * @throws {ParrotletError} `run-busy` while another process builds the same one; `disk-full`; and what `buildTokenStore` throws.
 */
export async function buildStoreOnDisk(
  workspace: string,
  items: AsyncIterable<Item> | Iterable<Item>,
  tokenizer: Tokenizer,
  options: BuildStoreOptions,
): Promise<TokenStore> {
  const name = nameOf(options.fingerprint);
  const locked = join(workspace, `${name}.lock`);
  await explained(locked, mkdir(locked, { recursive: true }));
  const unlock = await lockFolder(locked, name, "writing");
  try {
    const storage = new FileStorage(workspace);
    await buildTokenStore(items, tokenizer, options, { storage, folder: name });
    await storage.remove(`${name}.lock`);
  } finally {
    await unlock();
  }
  return openTokenStore(new DiskStoreFiles(join(workspace, name)));
}
