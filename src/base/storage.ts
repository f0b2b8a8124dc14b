export interface StorageEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
}

/**
 * Files by path, whatever they lie on: a disk, a browser's private file system, memory. Paths are relative to the
 * storage, with `/` between their parts. Every implementation passes `describeStorage`.
 */
export interface Storage {
  /** The whole file; `undefined` where there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Makes or replaces a file, and its folders: all of it or, after a crash, nothing. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Adds to the end of a file, which is made where there is none. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Makes an empty folder, and those above it. Returns whether it was not there before: of two who ask, one makes it. */
  makeFolder(path: string): Promise<boolean>;
  /** What a folder holds, by name; nothing where there is no such folder. */
  list(path: string): Promise<StorageEntry[]>;
  /** Renames a file or folder; the new name must be free. Atomic. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that is in it, where there is one. */
  remove(path: string): Promise<void>;
  /** How a person would write the path, for messages. */
  describe(path: string): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeText = (text: string): Uint8Array => encoder.encode(text);
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes);

/** A storage that is gone with the process, for tests. */
export class MemoryStorage implements Storage {
  readonly #files = new Map<string, Uint8Array>();
  readonly #folders = new Set<string>();

  async makeFolder(path: string): Promise<boolean> {
    const isNew =
      !this.#folders.has(path) && ![...this.#files.keys()].some((file) => file.startsWith(`${path}/`));
    this.#folders.add(path);
    return isNew;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.#files.get(path)?.slice();
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#files.set(path, bytes.slice());
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const before = this.#files.get(path) ?? new Uint8Array();
    const all = new Uint8Array(before.length + bytes.length);
    all.set(before);
    all.set(bytes, before.length);
    this.#files.set(path, all);
  }

  async list(path: string): Promise<StorageEntry[]> {
    const prefix = path === "" ? "" : `${path}/`;
    const kinds = new Map<string, StorageEntry["kind"]>();
    for (const file of this.#files.keys()) {
      if (!file.startsWith(prefix)) continue;
      const [name = "", ...rest] = file.slice(prefix.length).split("/");
      kinds.set(name, rest.length > 0 ? "folder" : "file");
    }
    for (const folder of this.#folders) {
      if (folder.startsWith(prefix) && folder !== path)
        kinds.set(folder.slice(prefix.length).split("/")[0] ?? "", "folder");
    }
    const entries = [...kinds].map(([name, kind]) => ({ name, kind }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async move(from: string, to: string): Promise<void> {
    for (const [file, bytes] of [...this.#files]) {
      if (file !== from && !file.startsWith(`${from}/`)) continue;
      this.#files.delete(file);
      this.#files.set(to + file.slice(from.length), bytes);
    }
  }

  async remove(path: string): Promise<void> {
    const within = (name: string): boolean => name === path || name.startsWith(`${path}/`);
    for (const file of [...this.#files.keys()]) if (within(file)) this.#files.delete(file);
    for (const folder of [...this.#folders]) if (within(folder)) this.#folders.delete(folder);
  }

  describe(path: string): string {
    return path;
  }
}
