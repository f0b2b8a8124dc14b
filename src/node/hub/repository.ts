import { closest, ParrotletError, shown } from "../../base/index.ts";
import { MissingDataset } from "./answer-error.ts";
import { configsOf, type HubConfig, licenseOf } from "./card.ts";
import type { HubConnection } from "./connection.ts";
import { isCommit, isSafePath } from "./reference.ts";

/** A file of a repository. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Names the content in the cache, as in Hugging Face's own: hexadecimal digits. */
  readonly id: string;
  /** What `id` is: git's SHA-1 of a blob, the SHA-256 of the bytes, or a hash that we cannot compute. */
  readonly hash: "git" | "sha256" | "other";
}

/** What a repository holds at one commit. */
export interface HubDescription {
  readonly commit: string;
  readonly license?: string;
  readonly configs: readonly HubConfig[];
  /** In the order of their paths. */
  readonly files: readonly HubFile[];
}

const MOST_FILES = 200_000;

/**
 * Asks the Hub what a dataset holds at a revision.
 *
 * @throws {HubUnreachable | ParrotletError} `hub-not-found`, `hub-denied`, `hub-refused`, `hub-damaged`.
 */
export async function describeRepository(connection: HubConnection): Promise<HubDescription> {
  try {
    return await ask(connection);
  } catch (error) {
    if (error instanceof MissingDataset) throw await withSuggestion(connection, error);
    // The library takes an answer for what it should be.
    if (error instanceof TypeError || error instanceof SyntaxError) throw strange(connection, error);
    throw error;
  }
}

async function ask({ reference, settings, fetch }: HubConnection): Promise<HubDescription> {
  const { datasetInfo, listFiles } = await import("@huggingface/hub");
  const { dataset: name, revision } = reference;
  const common = { hubUrl: settings.endpoint, fetch };
  const info = await datasetInfo({ ...common, name, revision, additionalFields: ["sha", "cardData"] });
  const commit: unknown = info.sha;
  if (typeof commit !== "string" || !isCommit(commit)) {
    throw damaged(name, `names the commit ${shown(commit)}`);
  }
  const files: HubFile[] = [];
  const repo = { type: "dataset" as const, name };
  for await (const entry of listFiles({ ...common, repo, revision: commit, recursive: true })) {
    if (entry.type !== "file") continue;
    files.push(fileOf(name, { ...entry }));
    if (files.length > MOST_FILES) throw damaged(name, `lists more than ${MOST_FILES} files`);
  }
  const license = licenseOf(info.cardData);
  return {
    commit,
    configs: configsOf(info.cardData),
    files: files.sort(byPath),
    ...(license && { license }),
  };
}

/** The order of files, whoever listed them. */
export const byPath = (a: HubFile, b: HubFile): number => (a.path < b.path ? -1 : 1);

/** Whether it is a file that the cache may hold under its names. */
export const isSafeFile = ({ path, size, id }: Readonly<Record<string, unknown>>): boolean =>
  typeof path === "string" &&
  isSafePath(path) &&
  Number.isSafeInteger(size) &&
  Number(size) >= 0 &&
  typeof id === "string" &&
  /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id);

function fileOf(dataset: string, entry: Readonly<Record<string, unknown>>): HubFile {
  const { path, size, oid, lfs, xetHash } = entry;
  const large = (lfs as { oid?: unknown } | undefined)?.oid;
  const id = large ?? xetHash ?? oid;
  if (!isSafeFile({ path, size, id })) {
    throw damaged(
      dataset,
      `has a file ${shown(path)} of ${shown(size)} bytes and hash ${shown(id)}, which cannot be`,
    );
  }
  const hash = large !== undefined ? "sha256" : xetHash !== undefined ? "other" : "git";
  return { path: String(path), size: Number(size), id: String(id), hash };
}

/** A dataset that is not there: perhaps one of a similar name is. */
async function withSuggestion(connection: HubConnection, error: MissingDataset): Promise<MissingDataset> {
  const { listDatasets } = await import("@huggingface/hub");
  const { reference, settings, fetch } = connection;
  const [owner = "", name = ""] = reference.dataset.split("/");
  const names: string[] = [];
  try {
    for (const search of [{ owner }, { query: name }]) {
      const found = listDatasets({ hubUrl: settings.endpoint, fetch, search, limit: 100, sort: "downloads" });
      for await (const one of found) if (typeof one.name === "string") names.push(one.name);
    }
  } catch {
    // Without one the error is as true.
  }
  const near = closest(reference.dataset, names) ?? names.find((one) => one.endsWith(`/${name}`));
  return near ? new MissingDataset(`${error.message} Did you mean hf:${near}?`) : error;
}

const damaged = (dataset: string, what: string): ParrotletError =>
  new ParrotletError("hub-damaged", `The Hub's list of ${dataset} ${what}. Nothing of it was used.`);

const strange = ({ settings }: HubConnection, cause: Error): ParrotletError =>
  new ParrotletError(
    "hub-refused",
    `${settings.endpoint} answered something that is not the Hub's (${cause.message}). Does this network want a login ` +
      "in a browser first? Is HF_ENDPOINT right?",
    { cause },
  );
