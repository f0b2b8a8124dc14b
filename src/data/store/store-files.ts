import type { Storage } from "../../base/index.ts";
import { damaged } from "./store-index.ts";

/** The files of one store, read at once and in any order: on a disk, or in memory. */
export interface StoreFiles {
  /** Bytes of a file; `undefined` where there is none. */
  size(name: string): number | undefined;
  /**
   * Fills `into` with the bytes from `from` on.
   *
   * @throws {ParrotletError} `token-store-damaged` where the file has fewer.
   */
  read(name: string, from: number, into: Uint8Array): void;
  /** How a person would write a file's path, for messages. */
  describe(name: string): string;
  /** Nothing is read afterwards. */
  close(): void;
}

/** Files in memory. */
export class MemoryStoreFiles implements StoreFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
  }

  /** All files of a folder, for stores that fit into memory. */
  static async load(storage: Storage, folder: string): Promise<MemoryStoreFiles> {
    const files = new Map<string, Uint8Array>();
    for (const { name, kind } of await storage.list(folder)) {
      const bytes = kind === "file" ? await storage.read(`${folder}/${name}`) : undefined;
      if (bytes) files.set(name, bytes);
    }
    return new MemoryStoreFiles(files);
  }

  size(name: string): number | undefined {
    return this.#files.get(name)?.length;
  }

  read(name: string, from: number, into: Uint8Array): void {
    const bytes = this.#files.get(name)?.subarray(from, from + into.length);
    if (bytes?.length !== into.length) throw damaged(name, `it ends before byte ${from + into.length}.`);
    into.set(bytes);
  }

  describe(name: string): string {
    return name;
  }

  close(): void {}
}
