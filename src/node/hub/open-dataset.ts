import { createHash } from "node:crypto";
import { mkdir, statfs } from "node:fs/promises";
import { type ByteSource, ParrotletError } from "../../base/index.ts";
import { explained } from "../file-storage.ts";
import { lockFolder } from "../run-lock.ts";
import { HubUnreachable } from "./answer-error.ts";
import { blobSource } from "./blob-source.ts";
import { chooseFiles, type HubChoice } from "./choose-files.ts";
import { type ConnectionOptions, HubConnection } from "./connection.ts";
import { downloadFile } from "./download.ts";
import { expandFile } from "./expand.ts";
import { compressionOf, uncompressedName } from "./formats.ts";
import { HubCache } from "./hub-cache.ts";
import { type HubReference, isCommit, parseHubReference } from "./reference.ts";
import { describeRepository, type HubDescription, type HubFile } from "./repository.ts";
import { hubSettings } from "./settings.ts";

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

/** Files of a dataset, on this disk. */
export interface HubDataset {
  /** To learn from. */
  readonly files: ByteSource[];
  /** What the repository itself keeps apart for validation, if anything. */
  readonly validation?: ByteSource[];
  /** The commit. */
  readonly revision: string;
  /** The same for the same content, wherever and whenever it was fetched: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** As its card says. */
  readonly license?: string;
}

/**
 * The files that `hf:owner/dataset` means, downloaded where they are not in the cache yet.
 *
 * @throws {ParrotletError} `hub-reference`, `hub-settings`, `hub-not-found`, `hub-denied`, `hub-choose`, `hub-no-data`,
 * `hub-offline`, `hub-interrupted`, `hub-damaged`, `hub-refused`, `disk-full`.
 */
export async function openHubDataset(text: string, options: HubOptions = {}): Promise<HubDataset> {
  const reference = parseHubReference(text);
  const settings = await hubSettings(options.env);
  const connection = new HubConnection(settings, reference, options);
  const cache = new HubCache(settings.cache, reference.dataset);
  const opened: Opened = { connection, cache, options, reference };
  const found = await describe(opened);
  const choice = chooseFiles(found.description, reference);
  if (choice.leftOut.length > 0) {
    const names = choice.leftOut.slice(0, 5).map(({ path }) => path);
    const rest = choice.leftOut.length > names.length ? ", ..." : "";
    options.onNotice?.(`Left out, as the same part in another format: ${names.join(", ")}${rest}.`);
  }
  const { commit, license } = found.description;
  await fetchMissing(opened, commit, [...choice.train, ...choice.validation], found.offline);
  const files = await sources(opened, choice.train);
  const validation = await sources(opened, choice.validation);
  return {
    files,
    ...(validation.length > 0 && { validation }),
    revision: commit,
    fingerprint: fingerprintOf(choice),
    ...(license && { license }),
  };
}

interface Opened {
  readonly connection: HubConnection;
  readonly cache: HubCache;
  readonly options: HubOptions;
  readonly reference: HubReference;
}

interface Found {
  readonly description: HubDescription;
  /** Why the Hub was not asked, if it could not be. */
  readonly offline?: string;
}

/** What the dataset holds: as the Hub says, or where it cannot be reached as it last said. */
async function describe({ connection, cache, options, reference }: Opened): Promise<Found> {
  const { revision, dataset } = reference;
  const commit = await cache.commitOf(revision);
  const kept = commit === undefined ? undefined : await cache.description(commit);
  if (kept?.isWhole && isCommit(revision)) return { description: kept.description };
  const offline = connection.settings.offline
    ? "HF_HUB_OFFLINE is set"
    : await describeRepository(connection).catch((error: unknown) => {
        if (error instanceof HubUnreachable) return `${connection.settings.endpoint}: ${error.message}`;
        throw error;
      });
  if (typeof offline !== "string") {
    await cache.keep(offline, revision);
    return { description: offline };
  }
  if (!kept) throw notHere(reference, cache, offline, `nothing of ${dataset} at ${revision} is in the cache`);
  const doubt = kept.isWhole ? "" : " Another program put it there: whether all files are, cannot be told.";
  options.onNotice?.(
    `${offline}: ${dataset} is taken from the cache, as of commit ${kept.description.commit.slice(0, 8)}.${doubt}`,
  );
  return { description: kept.description, offline };
}

async function fetchMissing(
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
      const url = `${connection.settings.endpoint}/datasets/${reference.dataset}/resolve/${commit}/${file.path
        .split("/")
        .map(encodeURIComponent)
        .join("/")}`;
      if (await cache.has(file)) continue;
      await downloadFile(connection, url, file, cache.blob(file), (bytes) =>
        options.onProgress?.({ file: file.path, bytes: there + bytes, total }),
      );
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
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const disk = await statfs(cache.folder).catch(() => undefined);
  if (!disk || disk.bavail * disk.bsize > needed) return;
  throw new ParrotletError(
    "disk-full",
    `${reference.dataset} needs ${gigabytes(needed)}, and ${cache.folder} has room for ${gigabytes(disk.bavail * disk.bsize)}. ` +
      `Name some of its files, as in hf:${reference.dataset}/${files[0]?.path}, or another folder by HF_HUB_CACHE.`,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

async function sources(
  { cache, connection, reference }: Opened,
  files: readonly HubFile[],
): Promise<ByteSource[]> {
  const found: ByteSource[] = [];
  for (const file of files) {
    const name = `${reference.dataset}/${file.path}`;
    const compression = compressionOf(file.path);
    if (compression) {
      await expandFile(cache.blob(file), cache.expanded(file), compression, name, connection.signal);
    }
    const path = compression ? cache.expanded(file) : cache.blob(file);
    found.push(await blobSource(path, uncompressedName(name)));
  }
  return found;
}

function fingerprintOf({ train, validation }: HubChoice): string {
  const hash = createHash("sha256");
  for (const [part, files] of Object.entries({ train, validation })) {
    for (const { path, id } of files) hash.update(`${part}\0${path}\0${id}\n`);
  }
  return hash.digest("hex");
}

const notHere = (reference: HubReference, cache: HubCache, why: string, what: string): ParrotletError =>
  new ParrotletError(
    "hub-offline",
    `${why}, and ${what}. Run the same command once where there is a network` +
      `${why.startsWith("HF_") ? " and HF_HUB_OFFLINE is not set" : ""}; for a computer that has none, copy ${cache.folder} ` +
      `there afterwards. Or download files of ${reference.dataset} by hand, and name them instead.`,
  );
