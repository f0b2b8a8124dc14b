import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { encodeText, present } from "../../base/index.ts";
import {
  type CorpusReport,
  type Item,
  MemoryStoreFiles,
  openTokenStore,
  type SourceReport,
  storeFingerprint,
  type TokenStore,
} from "../../data/index.ts";
import { type Tokenizer, tokenizerFromJson } from "../../text/index.ts";
import {
  dataEntries,
  fitTokenizer,
  type Recipe,
  type SourceFacts,
  type StoreData,
  storeData,
  tokensOf,
} from "../../train/index.ts";
import { FileStorage } from "../file-storage.ts";
import { buildStoreOnDisk } from "../token-files.ts";
import { measureOverlap } from "./measure-overlap.ts";
import type { OpenedSource } from "./opened-source.ts";
import { keptOr, ReadingRecord } from "./reading-report.ts";
import { openSource } from "./sources.ts";

/** What is being done before a training can begin. */
export interface PrepareProgress {
  readonly what: "downloading" | "reading" | "tokenizing" | "comparing";
  readonly source: string;
  /** Bytes done, and of all. */
  readonly done: number;
  readonly bytes: number;
}

export interface OpenCorpusOptions {
  /** The workspace's folder: stores lie in `data/`. */
  readonly root: string;
  /** That of the checkpoint to go on from. @default fitted to the data, once */
  readonly tokenizer?: Tokenizer | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
  /** Something that a person should know, in a sentence. What reading did is in the `report` of what comes back. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Ends it between two steps; what is done so far is kept, and gone on with next time. */
  readonly signal?: AbortSignal | undefined;
}

/** Stores up to this size are held in memory: most are, and each row is then found without asking the system. */
const MOST_IN_MEMORY = 1 << 28;

/**
 * Reads what a recipe names, once: as tokens in stores on the disk, which later trainings on the same data open again. What
 * reading found, and how much of the validation text the training text has too, is kept beside them.
 *
 * A dataset of the Hub that keeps data apart for validation is validated with these; of other sources a share is held back,
 * unless the recipe names data to validate with.
 *
 * @throws {ParrotletError} Those of `openSource`, `buildTokenStore` and `splitStore`.
 */
export async function openCorpus(recipe: Recipe, options: OpenCorpusOptions): Promise<StoreData> {
  const entries = dataEntries(recipe.data);
  const sources: OpenedSource[] = [];
  for (const { source } of entries) sources.push(await opened(source, recipe, options));
  const { data: own, share } = recipe.evaluation;
  const validating = own === undefined ? undefined : await opened(own, recipe, options);
  const apart = validating ? [validating] : sources.flatMap(({ validation }) => validation ?? []);
  const all = [...sources, ...apart];
  const tokenizer = options.tokenizer ?? (await tokenizerFor(recipe, all, options));
  const stores = new Map<OpenedSource, Store>();
  for (const source of all) stores.set(source, await storeOf(source, recipe, tokenizer, options));
  const storeFor = (source: OpenedSource): Store => present(stores.get(source), source.name);
  const data = await storeData(recipe, {
    tokenizer,
    stores: sources.map((source, index) => ({
      ...storeFor(source),
      weight: entries[index]?.weight,
      share: validating || source.validation ? 0 : share,
    })),
    validation: apart.map(storeFor),
    about: sources.map(({ about }) => about).join(", "),
  });
  const { training, validation } = data.parts;
  const split = hashOf([data.hash, String(apart.length), String(share), String(recipe.seed)]);
  const overlap = await keptOr(new FileStorage(options.root), `data/${split}.overlap.json`, () => {
    const bytes = sources.reduce((sum, source) => sum + storeFor(source).store.index.counts.bytes, 0);
    return measureOverlap(training, validation, tokenizer, {
      signal: options.signal,
      onProgress: (done) =>
        options.onProgress?.({ what: "comparing", source: "training and validation", done, bytes }),
    });
  });
  const report: CorpusReport = {
    sources: sources.map((source) => storeFor(source).report),
    validation: apart.map((source) => storeFor(source).report),
    tokens: { training: data.tokens, validation: tokensOf(validation) },
    rows: { training: data.training.rows, padding: data.padding },
    overlap,
  };
  return {
    ...data,
    character: characterOf(sources),
    report,
    sources: sources.map((source) => factsOf(storeFor(source))),
  };
}

/** Of a mixture of several characters, none. */
function characterOf(sources: readonly OpenedSource[]): string | undefined {
  const characters = new Set(sources.flatMap(({ character }) => character ?? []));
  return characters.size === 1 ? [...characters][0] : undefined;
}

/** A source in numbers, as reports have it. */
function factsOf({ store, report }: Store): SourceFacts {
  const { source, about, bytes, items, filters } = report;
  return {
    ...{ source, about, bytes },
    texts: items.documents,
    conversations: items.conversations,
    tokens: (store.text?.tokens ?? 0) + (store.conversation?.tokens ?? 0),
    filters: filters.length > 0 ? filters : undefined,
  };
}

const hashOf = (parts: readonly string[]): string => createHash("sha256").update(parts.join()).digest("hex");

const opened = (
  source: string,
  recipe: Recipe,
  { onProgress, onNotice, signal }: OpenCorpusOptions,
): Promise<OpenedSource> =>
  openSource(source, recipe, {
    onNotice,
    signal,
    onDownload: ({ bytes, total }) =>
      onProgress?.({ what: "downloading", source, done: bytes, bytes: total }),
  });

/** The tokenizer of these data, from where it was kept, or fitted and kept. */
async function tokenizerFor(
  recipe: Recipe,
  sources: readonly OpenedSource[],
  { root, onProgress, signal }: OpenCorpusOptions,
): Promise<Tokenizer> {
  const storage = new FileStorage(root);
  const { tokenizer: wanted, reading, filters } = recipe;
  const identities = await Promise.all(sources.map((source) => source.identity()));
  const key = hashOf([JSON.stringify([wanted, reading, filters, identities])]);
  const path = `data/${key}.tokenizer.json`;
  const kept = await storage.read(path);
  if (kept) return tokenizerFromJson(JSON.parse(new TextDecoder().decode(kept)), storage.describe(path));
  const bytes = sources.reduce((sum, source) => sum + source.bytes, 0);
  const conversational = await Promise.all(sources.map((source) => source.conversational()));
  const tokenizer = await fitTokenizer(wanted, itemsOf(sources), conversational.includes(true), {
    signal,
    onProgress: () => {
      const done = sources.reduce((sum, source) => sum + source.bytesRead(), 0);
      onProgress?.({ what: "reading", source: "", done, bytes });
    },
  });
  await storage.write(path, encodeText(JSON.stringify(tokenizer.toJson())));
  return tokenizer;
}

async function* itemsOf(sources: readonly OpenedSource[]): AsyncGenerator<Item, void> {
  for (const source of sources) yield* source.items();
}

/** The tokens of a source, and what became of it. */
interface Store {
  readonly store: TokenStore;
  readonly fingerprint: string;
  readonly report: SourceReport;
}

async function storeOf(
  source: OpenedSource,
  { model, reading, filters }: Recipe,
  tokenizer: Tokenizer,
  { root, onProgress, signal }: OpenCorpusOptions,
): Promise<Store> {
  const { contextWindow } = model;
  const { name, about, bytes, hub } = source;
  const conversational = await source.conversational();
  const fingerprint = await storeFingerprint({
    sources: [await source.identity()],
    tokenizer,
    contextWindow: conversational ? contextWindow : 0,
    settings: { reading, filters },
  });
  const storage = new FileStorage(root);
  const record = new ReadingRecord(source);
  const built = await buildStoreOnDisk(root, record.items(), tokenizer, {
    fingerprint,
    contextWindow,
    signal,
    onProgress: () => onProgress?.({ what: "tokenizing", source: name, done: source.bytesRead(), bytes }),
  });
  const store = await inMemory(built, root, fingerprint);
  const read = await keptOr(storage, `data/${fingerprint}.reading.json`, () => record.report());
  const { bytes: _, ...conversations } = store.index.counts;
  return { store, fingerprint, report: { source: name, about, bytes, ...read, conversations, hub } };
}

/** A store that is read from memory, where it is small enough. */
async function inMemory(store: TokenStore, root: string, fingerprint: string): Promise<TokenStore> {
  const tokens = (store.text?.tokens ?? 0) + (store.conversation?.tokens ?? 0);
  if (4 * tokens > MOST_IN_MEMORY) return store;
  store.close();
  return openTokenStore(await MemoryStoreFiles.load(new FileStorage(resolve(root)), `data/${fingerprint}`));
}
