import { mkdir, stat, statfs } from "node:fs/promises";
import { ParrotletError } from "../../base/index.ts";
import { explained } from "../file-storage.ts";
import { lockFolder } from "../run-lock.ts";
import type { ConnectionOptions, HubConnection } from "./connection.ts";
import { downloadFile, partOf } from "./download.ts";
import type { HubCache } from "./hub-cache.ts";
import type { HubReference } from "./reference.ts";
import type { HubFile } from "./repository.ts";

/** How far a download is. */
export interface HubProgress {
  /** The file that comes now. */
  readonly file: string;
  /** Bytes of all wanted files that are there. */
  readonly bytes: number;
  /** Bytes of all wanted files. */
  readonly total: number;
}

export interface HubOptions extends ConnectionOptions {
  readonly onProgress?: (progress: HubProgress) => void;
  /** Something that a person should know, in a sentence. */
  readonly onNotice?: (notice: string) => void;
  /** Where the `HF_` variables are. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A dataset that is being opened. */
export interface Opened {
  readonly connection: HubConnection;
  readonly cache: HubCache;
  readonly options: HubOptions;
  readonly reference: HubReference;
}

/**
 * Downloads those of the files that the cache does not have.
 *
 * @param offline Why that cannot be, if so.
 */
export async function fetchFiles(
  opened: Opened,
  commit: string,
  files: readonly HubFile[],
  offline?: string,
): Promise<void> {
  const { cache, connection, options, reference } = opened;
  const isMissing = async (): Promise<HubFile[]> => {
    const has = await Promise.all(files.map((file) => cache.has(file)));
    return files.filter((_, i) => !has[i]);
  };
  const missing = await isMissing();
  if (missing.length === 0) return;
  const why = offline ?? (connection.settings.offline ? "HF_HUB_OFFLINE is set" : undefined);
  if (why) throw notHere(reference, cache, why, `${missing[0]?.path} is not in the cache`);
  const unlock = await waitForLock(opened);
  try {
    const wanted = await isMissing();
    await checkRoom(cache, wanted, reference);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let there = total - wanted.reduce((sum, { size }) => sum + size, 0);
    for (const file of wanted) {
      const path = file.path.split("/").map(encodeURIComponent).join("/");
      const url = `${connection.settings.endpoint}/datasets/${reference.dataset}/resolve/${commit}/${path}`;
      const onBytes = (bytes: number): void =>
        options.onProgress?.({ file: file.path, bytes: there + bytes, total });
      // Two names may have one content.
      if (!(await cache.has(file))) await downloadFile(connection, url, file, cache.blob(file), onBytes);
      there += file.size;
    }
    for (const file of files) await cache.link(commit, file);
  } finally {
    await unlock();
  }
}

const POLL_MS = 250;

/** One process at a time downloads from a dataset; another waits, and finds it there. */
async function waitForLock({ cache, connection, options, reference }: Opened): Promise<() => Promise<void>> {
  await explained(cache.lockFolder, mkdir(cache.lockFolder, { recursive: true }));
  for (let waited = 0; ; waited++) {
    connection.signal?.throwIfAborted();
    try {
      return await lockFolder(cache.lockFolder, reference.dataset);
    } catch (error) {
      if (!(error instanceof ParrotletError && error.code === "run-busy")) throw error;
      if (waited === 2) options.onNotice?.(`Another process downloads ${reference.dataset}; waiting for it.`);
      await connection.wait(POLL_MS);
    }
  }
}

async function checkRoom(cache: HubCache, files: readonly HubFile[], reference: HubReference): Promise<void> {
  await explained(cache.folder, mkdir(cache.folder, { recursive: true }));
  let needed = 0;
  for (const file of files) needed += file.size - (await sizeOf(partOf(cache.blob(file))));
  const disk = await statfs(cache.folder).catch(() => undefined);
  if (!disk || disk.bavail * disk.bsize > needed) return;
  throw new ParrotletError(
    "disk-full",
    `${reference.dataset} needs ${gigabytes(needed)}, and ${cache.folder} has room for ${gigabytes(disk.bavail * disk.bsize)}. ` +
      `Name some of its files, as in hf:${reference.dataset}/${files[0]?.path}, or another folder by HF_HUB_CACHE.`,
  );
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Neither the network nor the cache has it. */
export const notHere = (
  reference: HubReference,
  cache: HubCache,
  why: string,
  what: string,
): ParrotletError =>
  new ParrotletError(
    "hub-offline",
    `${why}, and ${what}. Run the same command once where there is a network` +
      `${why.startsWith("HF_") ? " and HF_HUB_OFFLINE is not set" : ""}; for a computer that has none, copy ${cache.folder} ` +
      `there afterwards. Or download files of ${reference.dataset} by hand, and name them instead.`,
  );
