import { link, mkdir, readdir, readlink, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { decodeText, encodeText } from "../../base/index.ts";
import { FileStorage } from "../file-storage.ts";
import { isCommit } from "./reference.ts";
import { byPath, type HubDescription, type HubFile, isSafeFile } from "./repository.ts";

/**
 * What was downloaded of one dataset, in the layout of Hugging Face's own cache, so that programs share it:
 *
 * ```
 * datasets--owner--name/
 *   refs/main                  the commit that it was last
 *   blobs/<hash>               contents
 *   snapshots/<commit>/<path>  links to them
 *   parrotlet/<commit>.json    the Hub's list of files; expanded/<hash>: what was compressed
 * ```
 */
export class HubCache {
  readonly folder: string;
  /** Where the one that downloads says so. */
  readonly lockFolder: string;
  readonly #storage: FileStorage;

  constructor(root: string, dataset: string) {
    const name = `datasets--${dataset.replace("/", "--")}`;
    this.folder = join(root, name);
    this.lockFolder = join(root, ".locks", name);
    this.#storage = new FileStorage(this.folder);
  }

  blob({ id }: HubFile): string {
    return join(this.folder, "blobs", id);
  }

  expanded({ id }: HubFile): string {
    return join(this.folder, "parrotlet", "expanded", id);
  }

  /** Whether the whole content is there. Its hash was checked when it came. */
  async has(file: HubFile): Promise<boolean> {
    const found = await stat(this.blob(file)).catch(() => undefined);
    return found?.isFile() === true && found.size === file.size;
  }

  /** The commit that a revision was when the Hub was last asked. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const bytes = await this.#storage.read(`refs/${revision}`).catch(() => undefined);
    const commit = bytes && decodeText(bytes).trim();
    return commit && isCommit(commit) ? commit : undefined;
  }

  /** What the Hub said that a commit holds; else, where another program filled the cache, what is there of it. */
  async description(commit: string): Promise<{ description: HubDescription; isWhole: boolean } | undefined> {
    const bytes = await this.#storage.read(`parrotlet/${commit}.json`);
    if (bytes) {
      try {
        const description = JSON.parse(decodeText(bytes)) as HubDescription;
        const isWhole =
          description.files.every((file) => isSafeFile({ ...file })) && Array.isArray(description.configs);
        if (isWhole) return { description, isWhole };
      } catch {
        // Damaged: asked for again.
      }
    }
    const files = await this.#linked(join(this.folder, "snapshots", commit), "");
    return files.length > 0
      ? { description: { commit, configs: [], files: files.sort(byPath) }, isWhole: false }
      : undefined;
  }

  async keep(description: HubDescription, revision: string): Promise<void> {
    const { commit } = description;
    await this.#storage.write(`parrotlet/${commit}.json`, encodeText(JSON.stringify(description)));
    if (!isCommit(revision)) await this.#storage.write(`refs/${revision}`, encodeText(commit));
  }

  /** Puts a blob where other programs look for it, if the system allows it. We read the blob itself. */
  async link(commit: string, file: HubFile): Promise<void> {
    const pointer = join(this.folder, "snapshots", commit, file.path);
    const blob = this.blob(file);
    try {
      await mkdir(dirname(pointer), { recursive: true });
      await symlink(relative(dirname(pointer), blob), pointer);
    } catch (error) {
      // Windows allows symbolic links to few.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") await link(blob, pointer).catch(() => {});
    }
  }

  async #linked(folder: string, prefix: string): Promise<HubFile[]> {
    const files: HubFile[] = [];
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = prefix + entry.name;
      if (entry.isDirectory()) files.push(...(await this.#linked(join(folder, entry.name), `${path}/`)));
      else if (entry.isSymbolicLink()) {
        const id = basename(await readlink(join(folder, entry.name)));
        const found = await stat(join(this.folder, "blobs", id)).catch(() => undefined);
        const file: HubFile = { path, size: found?.size ?? -1, id, hash: "other" };
        if (isSafeFile({ ...file })) files.push(file);
      }
    }
    return files;
  }
}
