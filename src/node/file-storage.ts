import { randomBytes } from "node:crypto";
import { appendFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { invariant, ParrotletError, type Storage, type StorageEntry } from "../base/index.ts";

/** Files below a folder of the disk. */
export class FileStorage implements Storage {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const found = await orUndefinedWhereMissing(explained(this.#at(path), readFile(this.#at(path))));
    return found && new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#at(path);
    const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
    await explained(target, writeThenRename(target, temporary, bytes));
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#at(path);
    await explained(target, mkdir(dirname(target), { recursive: true }));
    await explained(target, appendFile(target, bytes));
  }

  async makeFolder(path: string): Promise<boolean> {
    const target = this.#at(path);
    await explained(target, mkdir(dirname(target), { recursive: true }));
    try {
      await mkdir(target);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      return explained(target, Promise.reject(error));
    }
  }

  async list(path: string): Promise<StorageEntry[]> {
    const found = await orUndefinedWhereMissing(
      explained(this.#at(path), readdir(this.#at(path), { withFileTypes: true })),
    );
    const entries = (found ?? []).map(
      (entry): StorageEntry => ({
        name: entry.name,
        kind: entry.isDirectory() ? "folder" : "file",
      }),
    );
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async move(from: string, to: string): Promise<void> {
    await explained(this.#at(to), mkdir(dirname(this.#at(to)), { recursive: true }));
    await explained(
      this.#at(from),
      patiently(() => rename(this.#at(from), this.#at(to))),
    );
  }

  async remove(path: string): Promise<void> {
    await explained(this.#at(path), rm(this.#at(path), { recursive: true, force: true }));
  }

  describe(path: string): string {
    return this.#at(path);
  }

  #at(path: string): string {
    const full = join(this.root, path);
    invariant(!relative(this.root, full).startsWith(".."), `${path} leads out of ${this.root}`);
    return full;
  }
}

async function writeThenRename(target: string, temporary: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await patiently(() => rename(temporary, target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** On Windows a file that somebody is reading cannot be replaced for a moment: a virus scanner, say. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (process.platform !== "win32" || attempt > 20 || !["EPERM", "EACCES", "EBUSY"].includes(code))
        throw error;
      await sleep(5 * attempt);
    }
  }
}

/** What people can do about the errors of a file system. */
const REMEDIES: Readonly<Record<string, readonly [code: string, remedy: string]>> = {
  ENOSPC: ["disk-full", "The disk is full. Free some space; what was saved before is whole."],
  EDQUOT: ["disk-full", "Your disk quota is used up. Free some space; what was saved before is whole."],
  EACCES: ["no-permission", "You may not read or write there. Choose another folder with --workspace."],
  EPERM: ["no-permission", "You may not read or write there. Choose another folder with --workspace."],
  EROFS: ["no-permission", "That disk is read-only. Choose another folder with --workspace."],
  EEXIST: ["not-a-folder", "A part of that path is a file, not a folder."],
  ENOTDIR: ["not-a-folder", "A part of that path is a file, not a folder."],
  EISDIR: ["not-a-file", "That is a folder, where a file is wanted."],
};

/** Errors of the file system as what a person can do about them. */
export async function explained<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { code = "", path: full = path } = cause as NodeJS.ErrnoException;
    const [ours, remedy] = REMEDIES[code] ?? [];
    if (!ours) throw cause;
    throw new ParrotletError(ours, `${full}: ${remedy}`, { cause });
  }
}

async function orUndefinedWhereMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
