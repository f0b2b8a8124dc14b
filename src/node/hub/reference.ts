import { ParrotletError, shown } from "../../base/index.ts";

/** A dataset of the Hugging Face Hub, and what of it is meant. */
export interface HubReference {
  /** As it was written. */
  readonly text: string;
  /** `owner/name`. */
  readonly dataset: string;
  /** A branch, a tag or a commit. @default "main" */
  readonly revision: string;
  /** A file, a folder, or several files by `*` and `**`. @default chosen by names */
  readonly path?: string;
  /** @default the repository's own default, or its only one */
  readonly config?: string;
  /** @default "train" */
  readonly split?: string;
}

const SYNTAX =
  "hf:owner/dataset, then if wanted @revision, /path (a file, a folder, or data/*.jsonl) and ?config=NAME&split=NAME";

const WHOLE =
  /^hf:(?:\/\/datasets\/)?([^/@?]+\/[^/@?]+)(?:@(refs\/[^/?]+\/[^/?]+|[^/?]+))?(?:\/([^?]*))?(?:\?(.*))?$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$/;

/** Whether a name of data means the Hub. */
export const isHubReference = (text: string): boolean => text.startsWith("hf:");

/**
 * Reads `hf:owner/dataset@revision/path?config=NAME&split=NAME`. `hf://datasets/owner/dataset`, as Hugging Face's libraries
 * write it, means the same.
 *
 * @throws {ParrotletError} `hub-reference`, with what is wrong in it.
 */
export function parseHubReference(text: string): HubReference {
  const [, dataset = "", revision = "main", path = "", query = ""] = WHOLE.exec(text) ?? [];
  if (!dataset) throw wrong(text, "It names no dataset");
  if (!dataset.split("/").every((part) => NAME.test(part) && !/\.\.|--/.test(part))) {
    throw wrong(text, `${shown(dataset)} cannot be a dataset's name`);
  }
  return {
    text,
    dataset,
    revision: revisionOf(text, decoded(text, revision)),
    ...(path && { path: pathOf(text, decoded(text, path)) }),
    ...settingsOf(text, query),
  };
}

/** A reference as one would write it. */
export function writtenReference({ dataset, revision, path, config, split }: HubReference): string {
  const settings = new URLSearchParams({ ...(config && { config }), ...(split && { split }) }).toString();
  // What `?` and `%` mean in a path, they mean nowhere else.
  const below = path?.replace(/[%?@]/g, encodeURIComponent);
  return `hf:${dataset}${revision === "main" ? "" : `@${revision}`}${below ? `/${below}` : ""}${settings && `?${settings}`}`;
}

/** Whether a path of a repository stays below the folder that it is joined to, on every system. */
export const isSafePath = (path: string): boolean =>
  path.length > 0 &&
  path.length <= 1024 &&
  !/[\\\0]|(^|\/)[A-Za-z]:/.test(path) &&
  path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

/** Whether it is a whole commit: what stands in it never changes. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

function revisionOf(text: string, revision: string): string {
  if (!isSafePath(revision) || !/^[\w.+/-]+$/.test(revision)) {
    throw wrong(text, `${shown(revision)} cannot be a revision`);
  }
  return revision;
}

function pathOf(text: string, path: string): string {
  const trimmed = path.replace(/\/$/, "");
  if (!isSafePath(trimmed)) throw wrong(text, `${shown(path)} is not a path within a repository`);
  return trimmed;
}

function settingsOf(text: string, query: string): { config?: string; split?: string } {
  const found: { config?: string; split?: string } = {};
  for (const [key, value] of new URLSearchParams(query)) {
    if (key !== "config" && key !== "split") throw wrong(text, `There is no setting ${shown(key)}`);
    if (value) found[key] = value;
  }
  return found;
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(text, `${shown(part)} has a % that is not followed by two hexadecimal digits (write %25)`);
  }
}

const wrong = (text: string, what: string): ParrotletError =>
  new ParrotletError("hub-reference", `${shown(text)}: ${what}. Write ${SYNTAX}.`);
