import { decodeText, invariant, ParrotletError, type Storage, shown } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Item } from "../item.ts";
import { sha256 } from "./fingerprint.ts";
import { StoreBuilder } from "./store-builder.ts";
import {
  damaged,
  INDEX_FILE,
  isFingerprint,
  LANES,
  parseStoreIndex,
  type StoreIndex,
  shardName,
} from "./store-index.ts";

export interface BuildStoreOptions {
  /** From `storeFingerprint`. */
  readonly fingerprint: string;
  /** Tokens that the model sees at once: conversations are cut to pieces that fit. */
  readonly contextWindow: number;
  /** About how many bytes a shard has; it ends with the item that reaches them. @default 32 MiB */
  readonly shardBytes?: number;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** What is done so far is kept, and gone on with next time. */
  readonly signal?: AbortSignal | undefined;
}

export interface BuildProgress {
  readonly items: number;
  /** UTF-8 bytes of text. */
  readonly bytes: number;
}

/** Where a store is to lie: it appears there when it is whole. */
export interface StoreTarget {
  readonly storage: Storage;
  readonly folder: string;
}

const SHARD_BYTES = 1 << 25;
/** UTF-8 bytes between two reports of progress. */
const REPORT_BYTES = 1 << 22;

/**
 * Writes items as tokens, in shards. Texts are `<bos> text <eos>`, one after the other; conversations are rendered by the
 * chat template and cut to fit the context window. A store of this fingerprint that is there already is left as it is.
 *
 * All is written to `<folder>.part`, which gets its name at the end: a crash leaves nothing that could be taken for a store.
 * Finished shards are kept, so that the next call goes on after them, given the same items again.
 *
 * @throws {ParrotletError} `unknown-character` with the item's place; `token-store-damaged`; `data-changed`.
 */
export async function buildTokenStore(
  items: AsyncIterable<Item> | Iterable<Item>,
  tokenizer: Tokenizer,
  options: BuildStoreOptions,
  { storage, folder }: StoreTarget,
): Promise<StoreIndex> {
  invariant(isFingerprint(options.fingerprint), `the fingerprint ${shown(options.fingerprint)}`);
  const whole = await readIndex(storage, folder);
  if (whole && whole.fingerprint !== options.fingerprint)
    throw damaged(storage.describe(folder), `it is the store of other data, ${whole.fingerprint}.`);
  if (whole) return whole;
  const part = `${folder}.part`;
  const before = await soundPart(storage, part, options.fingerprint);
  if (!before) await storage.remove(part);
  const index = before?.complete ? before : await write(items, tokenizer, options, storage, part, before);
  await removeOthers(storage, part, index);
  await storage.move(part, folder);
  return index;
}

async function write(
  items: AsyncIterable<Item> | Iterable<Item>,
  tokenizer: Tokenizer,
  { fingerprint, contextWindow, shardBytes = SHARD_BYTES, onProgress, signal }: BuildStoreOptions,
  storage: Storage,
  part: string,
  before: StoreIndex | undefined,
): Promise<StoreIndex> {
  const builder = new StoreBuilder(tokenizer, fingerprint, contextWindow, before);
  let number = 0;
  let reported = 0;
  for await (const item of items) {
    signal?.throwIfAborted();
    if (number++ < builder.items) continue;
    builder.add(item);
    if (builder.largestShard >= shardBytes) await builder.flush(storage, part, false);
    const { items: done, bytes } = builder;
    if (bytes - reported >= REPORT_BYTES) {
      onProgress?.({ items: done, bytes });
      reported = bytes;
    }
  }
  if (number < builder.items) {
    await storage.remove(part);
    throw new ParrotletError(
      "data-changed",
      `The data had ${builder.items} items when they were read last, and now ${number}. Start again.`,
    );
  }
  const index = await builder.flush(storage, part, true);
  onProgress?.({ items: builder.items, bytes: builder.bytes });
  return index;
}

async function readIndex(storage: Storage, folder: string): Promise<StoreIndex | undefined> {
  const path = `${folder}/${INDEX_FILE}`;
  const bytes = await storage.read(path);
  return bytes && parseStoreIndex(decodeText(bytes), storage.describe(path));
}

/** The index of an unfinished store whose shards are as they were written; otherwise it is begun anew. */
async function soundPart(
  storage: Storage,
  part: string,
  fingerprint: string,
): Promise<StoreIndex | undefined> {
  try {
    const index = await readIndex(storage, part);
    if (index?.fingerprint !== fingerprint) return undefined;
    for (const kind of LANES) {
      for (const [number, shard] of index.lanes[kind].shards.entries()) {
        const bytes = await storage.read(`${part}/${shardName(kind, number)}`);
        if (!bytes || (await sha256(bytes as Uint8Array<ArrayBuffer>)) !== shard.sha256) return undefined;
      }
    }
    return index;
  } catch (error) {
    if (error instanceof ParrotletError && error.code === "token-store-damaged") return undefined;
    throw error;
  }
}

/** Removes what crashes left behind. */
async function removeOthers(storage: Storage, part: string, index: StoreIndex): Promise<void> {
  const own = new Set(
    LANES.flatMap((kind) => index.lanes[kind].shards.map((_, number) => shardName(kind, number))),
  );
  for (const { name } of await storage.list(part)) {
    if (name !== INDEX_FILE && !own.has(name)) await storage.remove(`${part}/${name}`);
  }
}
