import { createHash } from "node:crypto";
import type { ByteSource } from "../../base/index.ts";
import { fileSource } from "../file-source.ts";
import { HubUnreachable } from "./answer-error.ts";
import { chooseFiles, type HubChoice } from "./choose-files.ts";
import { HubConnection } from "./connection.ts";
import { checkUnpackable, expandFile } from "./expand.ts";
import { fetchFiles, type HubOptions, notHere, type Opened } from "./fetch-files.ts";
import { compressionOf, uncompressedName } from "./formats.ts";
import { HubCache } from "./hub-cache.ts";
import { isCommit, parseHubReference, writtenReference } from "./reference.ts";
import { describeRepository, type HubDescription, type HubFile } from "./repository.ts";
import { hubSettings } from "./settings.ts";

/** Files of a dataset, on this disk. */
export interface HubDataset {
  /** To learn from. */
  readonly files: ByteSource[];
  /** What the repository itself keeps apart for validation, if anything. */
  readonly validation?: ByteSource[];
  /** The commit. */
  readonly revision: string;
  /** The reference with this commit in it: it means the same files for ever, and asks no network once they are here. */
  readonly pinned: string;
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
    options.onNotice?.(`Left out, being of another format than the rest: ${names.join(", ")}${rest}.`);
  }
  const { commit, license } = found.description;
  const wanted = [...choice.train, ...choice.validation];
  for (const { path } of wanted) checkUnpackable(path);
  await fetchFiles(opened, commit, wanted, found.offline);
  const files = await sources(opened, choice.train);
  const validation = await sources(opened, choice.validation);
  return {
    files,
    ...(validation.length > 0 && { validation }),
    revision: commit,
    pinned: writtenReference({ ...reference, revision: commit }),
    fingerprint: fingerprintOf(choice),
    ...(license && { license }),
  };
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
  const asked = connection.settings.offline
    ? "HF_HUB_OFFLINE is set"
    : await describeRepository(connection).catch((error: unknown) => {
        if (error instanceof HubUnreachable) return `${connection.settings.endpoint}: ${error.message}`;
        throw error;
      });
  if (typeof asked !== "string") {
    // A cache that one may only read will do where it holds all.
    await cache.keep(asked, revision).catch(() => {});
    return { description: asked };
  }
  if (!kept) throw notHere(reference, cache, asked, `nothing of ${dataset} at ${revision} is in the cache`);
  const doubt = kept.isWhole ? "" : " Another program put it there: whether all files are, cannot be told.";
  options.onNotice?.(
    `${asked}: ${dataset} is taken from the cache, as of commit ${kept.description.commit.slice(0, 8)}.${doubt}`,
  );
  return { description: kept.description, offline: asked };
}

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
    found.push(await fileSource(path, uncompressedName(name)));
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
